package luna.sender.bridge;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import luna.sender.event.Attributes;
import luna.sender.event.Estimation;
import org.jspecify.annotations.Nullable;

// Over 300 lines, for it follows the event's tree: a key for each step, a method for each object.
/**
 * Reads the attributes of one event, and passes over all else.
 *
 * <p>Shape: schema {@code Event} in {@code openapi.yaml}. Of a key that is given twice, the last
 * counts, as in the parsers of the clients.
 *
 * <p>Errors: an attribute of an unexpected type is an absent one; {@link MalformedPayload} if the
 * bytes are not JSON.
 *
 * <p>Owner: used once, by one thread.
 */
final class EventReader {
  private static final byte[] SOURCE = ascii("source");
  private static final byte[] TAGS = ascii("tags");
  private static final byte[] LOCATION = ascii("location");
  private static final byte[] CITY = ascii("city");
  private static final byte[] AREA = ascii("area");
  private static final byte[] DISTRICT = ascii("district");
  private static final byte[] STREET = ascii("street");
  private static final byte[] HOUSE_NUMBER = ascii("house_number");
  private static final byte[] MATCHES = ascii("matches");
  private static final byte[] LABEL = ascii("label");
  private static final byte[] CANDIDATES = ascii("candidates");
  private static final byte[] SIMILARITY = ascii("similarity");
  private static final byte[] FACE_ATTRIBUTES = ascii("face_attributes");
  private static final byte[] BASIC_ATTRIBUTES = ascii("basic_attributes");
  private static final byte[] AGE = ascii("age");
  private static final byte[] GENDER = ascii("gender");
  private static final byte[] ETHNICITIES = ascii("ethnicities");
  private static final byte[] PREDOMINANT_ETHNICITY = ascii("predominant_ethnicity");
  private static final byte[] AGGREGATE_ESTIMATIONS = ascii("aggregate_estimations");
  private static final byte[] FACE = ascii("face");
  private static final byte[] ATTRIBUTES = ascii("attributes");
  private static final byte[] LIVENESS = ascii("liveness");
  private static final byte[] PREDICTION = ascii("prediction");
  private static final byte[] MASK = ascii("mask");
  private static final byte[] PREDOMINANT_MASK = ascii("predominant_mask");
  private static final byte[] EMOTIONS = ascii("emotions");
  private static final byte[] PREDOMINANT_EMOTION = ascii("predominant_emotion");

  private final JsonScanner in;

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

  EventReader(JsonScanner in) {
    this.in = in;
  }

  /** Reads the object before which the scanner stands, up to its end. */
  EventReader read() throws MalformedPayload {
    in.enterObject();
    while (in.nextKey()) {
      if (in.keyIs(SOURCE)) {
        source = in.string();
      } else if (in.keyIs(TAGS)) {
        tags();
      } else if (in.keyIs(LOCATION)) {
        location();
      } else if (in.keyIs(MATCHES)) {
        matches();
      } else if (in.keyIs(FACE_ATTRIBUTES)) {
        faceAttributes();
      } else if (in.keyIs(AGGREGATE_ESTIMATIONS)) {
        aggregateEstimations();
      } else {
        in.skip();
      }
    }
    return this;
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

  private void tags() throws MalformedPayload {
    List<String> texts = new ArrayList<>();
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

  private void location() throws MalformedPayload {
    city = null;
    area = null;
    district = null;
    street = null;
    houseNumber = null;
    if (!in.enterObject()) {
      return;
    }
    while (in.nextKey()) {
      if (in.keyIs(CITY)) {
        city = in.string();
      } else if (in.keyIs(AREA)) {
        area = in.string();
      } else if (in.keyIs(DISTRICT)) {
        district = in.string();
      } else if (in.keyIs(STREET)) {
        street = in.string();
      } else if (in.keyIs(HOUSE_NUMBER)) {
        houseNumber = in.string();
      } else {
        in.skip();
      }
    }
  }

  private void matches() throws MalformedPayload {
    List<String> found = new ArrayList<>();
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

  /** The label of a match that has candidates. */
  private @Nullable String match() throws MalformedPayload {
    if (!in.enterObject()) {
      return null;
    }
    String label = null;
    boolean candidates = false;
    double top = Double.NaN;
    while (in.nextKey()) {
      if (in.keyIs(LABEL)) {
        label = in.string();
      } else if (in.keyIs(CANDIDATES)) {
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
      } else {
        in.skip();
      }
    }
    topSimilarity = higher(topSimilarity, top);
    return candidates ? label : null;
  }

  /** Of the candidate in which the scanner is. */
  private double similarity() throws MalformedPayload {
    double similarity = Double.NaN;
    while (goTo(SIMILARITY)) {
      similarity = in.number();
    }
    return similarity;
  }

  /** The higher of two, of which each may be absent. */
  private static double higher(double one, double other) {
    return Double.isNaN(one) || other > one ? other : one;
  }

  private void faceAttributes() throws MalformedPayload {
    forgetBasicAttributes();
    if (in.enterObject()) {
      while (goTo(BASIC_ATTRIBUTES)) {
        basicAttributes();
      }
    }
  }

  private void basicAttributes() throws MalformedPayload {
    forgetBasicAttributes();
    if (!in.enterObject()) {
      return;
    }
    while (in.nextKey()) {
      if (in.keyIs(AGE)) {
        age = in.number();
      } else if (in.keyIs(GENDER)) {
        double code = in.number();
        gender = code == 0 || code == 1 ? (int) code : Attributes.ABSENT;
      } else if (in.keyIs(ETHNICITIES)) {
        ethnicGroup = outcome(PREDOMINANT_ETHNICITY, Estimation.ETHNIC_GROUP);
      } else {
        in.skip();
      }
    }
  }

  private void forgetBasicAttributes() {
    age = Double.NaN;
    gender = Attributes.ABSENT;
    ethnicGroup = Attributes.ABSENT;
  }

  private void aggregateEstimations() throws MalformedPayload {
    forgetEstimations();
    if (in.enterObject()) {
      while (goTo(FACE)) {
        face();
      }
    }
  }

  private void face() throws MalformedPayload {
    forgetEstimations();
    if (in.enterObject()) {
      while (goTo(ATTRIBUTES)) {
        estimations();
      }
    }
  }

  private void estimations() throws MalformedPayload {
    forgetEstimations();
    if (!in.enterObject()) {
      return;
    }
    while (in.nextKey()) {
      if (in.keyIs(LIVENESS)) {
        liveness = outcome(PREDICTION, Estimation.LIVENESS);
      } else if (in.keyIs(MASK)) {
        mask = outcome(PREDOMINANT_MASK, Estimation.MASK);
      } else if (in.keyIs(EMOTIONS)) {
        emotion = outcome(PREDOMINANT_EMOTION, Estimation.EMOTION);
      } else {
        in.skip();
      }
    }
  }

  private void forgetEstimations() {
    liveness = Attributes.ABSENT;
    mask = Attributes.ABSENT;
    emotion = Attributes.ABSENT;
  }

  /** What stands under {@code key} in the object before which the scanner stands. */
  private int outcome(byte[] key, Estimation estimation) throws MalformedPayload {
    int code = Attributes.ABSENT;
    if (in.enterObject()) {
      while (goTo(key)) {
        code = code(estimation);
      }
    }
    return code;
  }

  /** The platform writes an outcome as its name, some versions as its number. */
  private int code(Estimation estimation) throws MalformedPayload {
    if (in.peek() == '"') {
      String name = in.string();
      return name == null ? Attributes.ABSENT : estimation.code(name);
    }
    double number = in.number();
    return number == (int) number ? estimation.code((int) number) : Attributes.ABSENT;
  }

  /** Goes to the next value under this key; at the end of the object goes out and is false. */
  private boolean goTo(byte[] key) throws MalformedPayload {
    while (in.nextKey()) {
      if (in.keyIs(key)) {
        return true;
      }
      in.skip();
    }
    return false;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
