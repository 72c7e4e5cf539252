package luna.sender.event;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the attributes of one event and skips everything else.
 *
 * <p>Shape: schema {@code Event} in {@code openapi.yaml}. The last value of a duplicate key wins,
 * as in the parsers of the clients.
 *
 * <p>Errors: an attribute of an unexpected type counts as absent. Throws {@link
 * MalformedPayloadException} if the bytes are not JSON.
 *
 * <p>Owner: one thread; used for one event.
 */
final class EventReader {
  private static final PayloadKeys EVENT =
      new PayloadKeys(
          PayloadKey.EVENT_ID,
          PayloadKey.SOURCE,
          PayloadKey.TAGS,
          PayloadKey.LOCATION,
          PayloadKey.MATCHES,
          PayloadKey.FACE_ATTRIBUTES,
          PayloadKey.AGGREGATE_ESTIMATIONS);
  private static final PayloadKeys LOCATION =
      new PayloadKeys(
          PayloadKey.CITY,
          PayloadKey.AREA,
          PayloadKey.DISTRICT,
          PayloadKey.STREET,
          PayloadKey.HOUSE_NUMBER);
  private static final PayloadKeys MATCH = new PayloadKeys(PayloadKey.LABEL, PayloadKey.CANDIDATES);
  private static final PayloadKeys CANDIDATE = new PayloadKeys(PayloadKey.SIMILARITY);
  private static final PayloadKeys FACE_ATTRIBUTES = new PayloadKeys(PayloadKey.BASIC_ATTRIBUTES);
  private static final PayloadKeys BASIC_ATTRIBUTES =
      new PayloadKeys(PayloadKey.AGE, PayloadKey.GENDER, PayloadKey.ETHNICITIES);
  private static final PayloadKeys ETHNICITIES = new PayloadKeys(PayloadKey.PREDOMINANT_ETHNICITY);
  private static final PayloadKeys AGGREGATE_ESTIMATIONS = new PayloadKeys(PayloadKey.FACE);
  private static final PayloadKeys FACE = new PayloadKeys(PayloadKey.ATTRIBUTES);
  private static final PayloadKeys ATTRIBUTES =
      new PayloadKeys(PayloadKey.LIVENESS, PayloadKey.MASK, PayloadKey.EMOTIONS);
  private static final PayloadKeys LIVENESS = new PayloadKeys(PayloadKey.PREDICTION);
  private static final PayloadKeys MASK = new PayloadKeys(PayloadKey.PREDOMINANT_MASK);
  private static final PayloadKeys EMOTIONS = new PayloadKeys(PayloadKey.PREDOMINANT_EMOTION);

  private final JsonScanner in;
  private final boolean readId;

  private @Nullable String id;
  private @Nullable String source;
  private List<String> labels = List.of();
  private double topSimilarity = Double.NaN;
  private double age = Double.NaN;
  private int gender = Attributes.ABSENT;
  private int ethnicGroup = Attributes.ABSENT;
  private int liveness = Attributes.ABSENT;
  private int mask = Attributes.ABSENT;
  private int emotion = Attributes.ABSENT;
  private List<String> tags = List.of();
  private @Nullable String city;
  private @Nullable String area;
  private @Nullable String district;
  private @Nullable String street;
  private @Nullable String houseNumber;

  /**
   * @param readId whether to read the event's id. It costs time, and few configurations need it.
   */
  EventReader(JsonScanner in, boolean readId) {
    this.in = in;
    this.readId = readId;
  }

  /** Reads the object at the scanner's cursor. */
  EventReader read() throws MalformedPayloadException {
    in.enterObject();
    PayloadKey key;
    while ((key = in.nextKey(EVENT)) != null) {
      switch (key) {
        case EVENT_ID -> id();
        case SOURCE -> source = in.string();
        case TAGS -> tags();
        case LOCATION -> location();
        case MATCHES -> matches();
        case FACE_ATTRIBUTES -> faceAttributes();
        case AGGREGATE_ESTIMATIONS -> aggregateEstimations();
        default -> in.skip();
      }
    }
    return this;
  }

  private void id() throws MalformedPayloadException {
    if (readId) {
      id = in.string();
    } else {
      in.skip();
    }
  }

  @Nullable String eventId() {
    return id;
  }

  Attributes attributes(@Nullable String handlerId) {
    return new Attributes(
        source,
        labels,
        topSimilarity,
        age,
        gender,
        ethnicGroup,
        liveness,
        mask,
        emotion,
        tags,
        city,
        area,
        district,
        street,
        houseNumber,
        handlerId);
  }

  private void tags() throws MalformedPayloadException {
    List<String> texts = new ArrayList<>(2);
    if (in.enterArray()) {
      while (in.nextElement()) {
        String tag = in.string();
        if (tag != null) {
          texts.add(tag);
        }
      }
    }
    tags = List.copyOf(texts);
  }

  private void location() throws MalformedPayloadException {
    city = null;
    area = null;
    district = null;
    street = null;
    houseNumber = null;
    if (!in.enterObject()) {
      return;
    }
    PayloadKey key;
    while ((key = in.nextKey(LOCATION)) != null) {
      switch (key) {
        case CITY -> city = in.string();
        case AREA -> area = in.string();
        case DISTRICT -> district = in.string();
        case STREET -> street = in.string();
        case HOUSE_NUMBER -> houseNumber = in.string();
        default -> in.skip();
      }
    }
  }

  private void matches() throws MalformedPayloadException {
    List<String> found = new ArrayList<>(2);
    topSimilarity = Double.NaN;
    if (in.enterArray()) {
      while (in.nextElement()) {
        String label = match();
        if (label != null) {
          found.add(label);
        }
      }
    }
    labels = List.copyOf(found);
  }

  /** Returns the label of a match that has candidates, else null. */
  private @Nullable String match() throws MalformedPayloadException {
    if (!in.enterObject()) {
      return null;
    }
    String label = null;
    boolean candidates = false;
    double top = Double.NaN;
    PayloadKey key;
    while ((key = in.nextKey(MATCH)) != null) {
      switch (key) {
        case LABEL -> label = in.string();
        case CANDIDATES -> {
          candidates = false;
          top = Double.NaN;
          if (in.enterArray()) {
            while (in.nextElement()) {
              if (in.enterObject()) {
                candidates = true;
                top = higher(top, similarity());
              }
            }
          }
        }
        default -> in.skip();
      }
    }
    topSimilarity = higher(topSimilarity, top);
    return candidates ? label : null;
  }

  /** Returns the similarity of the candidate that the scanner has entered. */
  private double similarity() throws MalformedPayloadException {
    double similarity = Double.NaN;
    while (in.nextKey(CANDIDATE) != null) {
      similarity = in.number();
    }
    return similarity;
  }

  /** Returns the higher of two similarities; each may be {@code NaN}. */
  private static double higher(double one, double other) {
    return Double.isNaN(one) || other > one ? other : one;
  }

  private void faceAttributes() throws MalformedPayloadException {
    clearBasicAttributes();
    if (in.enterObject()) {
      while (in.nextKey(FACE_ATTRIBUTES) != null) {
        basicAttributes();
      }
    }
  }

  private void basicAttributes() throws MalformedPayloadException {
    clearBasicAttributes();
    if (!in.enterObject()) {
      return;
    }
    PayloadKey key;
    while ((key = in.nextKey(BASIC_ATTRIBUTES)) != null) {
      switch (key) {
        case AGE -> age = in.number();
        case GENDER -> {
          double code = in.number();
          gender = code == 0 || code == 1 ? (int) code : Attributes.ABSENT;
        }
        case ETHNICITIES -> ethnicGroup = outcome(ETHNICITIES, Estimation.ETHNIC_GROUP);
        default -> in.skip();
      }
    }
  }

  private void clearBasicAttributes() {
    age = Double.NaN;
    gender = Attributes.ABSENT;
    ethnicGroup = Attributes.ABSENT;
  }

  private void aggregateEstimations() throws MalformedPayloadException {
    clearEstimations();
    if (in.enterObject()) {
      while (in.nextKey(AGGREGATE_ESTIMATIONS) != null) {
        face();
      }
    }
  }

  private void face() throws MalformedPayloadException {
    clearEstimations();
    if (in.enterObject()) {
      while (in.nextKey(FACE) != null) {
        estimations();
      }
    }
  }

  private void estimations() throws MalformedPayloadException {
    clearEstimations();
    if (!in.enterObject()) {
      return;
    }
    PayloadKey key;
    while ((key = in.nextKey(ATTRIBUTES)) != null) {
      switch (key) {
        case LIVENESS -> liveness = outcome(LIVENESS, Estimation.LIVENESS);
        case MASK -> mask = outcome(MASK, Estimation.MASK);
        case EMOTIONS -> emotion = outcome(EMOTIONS, Estimation.EMOTION);
        default -> in.skip();
      }
    }
  }

  private void clearEstimations() {
    liveness = Attributes.ABSENT;
    mask = Attributes.ABSENT;
    emotion = Attributes.ABSENT;
  }

  /** Returns the filter code of the value that the object at the scanner has under the key. */
  private int outcome(PayloadKeys keys, Estimation estimation) throws MalformedPayloadException {
    int code = Attributes.ABSENT;
    if (in.enterObject()) {
      while (in.nextKey(keys) != null) {
        code = code(estimation);
      }
    }
    return code;
  }

  /** Reads a categorical value: a name, or a number in some versions of the platform. */
  private int code(Estimation estimation) throws MalformedPayloadException {
    if (in.peek() == '"') {
      return in.code(estimation);
    }
    double number = in.number();
    return number == (int) number ? estimation.code((int) number) : Attributes.ABSENT;
  }
}
