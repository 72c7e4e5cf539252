package luna.sender.bridge;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import luna.sender.event.Attributes;
import luna.sender.event.Estimation;
import org.jspecify.annotations.Nullable;

/**
 * Reads the attributes of one event off the token stream, and passes over all else.
 *
 * <p>Shape: schema {@code Event} in {@code openapi.yaml}. Of a key that is given twice, the last
 * counts, as in the parsers of the clients.
 *
 * <p>Errors: an attribute of an unexpected type is an absent one; {@link IOException} if the bytes
 * are not JSON.
 *
 * <p>Owner: used once, by one thread.
 */
final class EventReader {
  private final JsonParser in;

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

  /** Reads one key's value, on whose first token the parser stands. */
  private interface Field {
    void read(String name) throws IOException;
  }

  EventReader(JsonParser in) {
    this.in = in;
  }

  /** Reads the object on whose opening brace the parser stands, up to its closing one. */
  EventReader read() throws IOException {
    object(this::event);
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

  private void event(String name) throws IOException {
    switch (name) {
      case "source" -> source = string();
      case "tags" -> tags = strings();
      case "location" -> location();
      case "matches" -> matches();
      case "face_attributes" -> faceAttributes();
      case "aggregate_estimations" -> aggregateEstimations();
      default -> in.skipChildren();
    }
  }

  private void location() throws IOException {
    city = null;
    area = null;
    district = null;
    street = null;
    houseNumber = null;
    object(
        name -> {
          switch (name) {
            case "city" -> city = string();
            case "area" -> area = string();
            case "district" -> district = string();
            case "street" -> street = string();
            case "house_number" -> houseNumber = string();
            default -> in.skipChildren();
          }
        });
  }

  private void matches() throws IOException {
    labels = new ArrayList<>();
    topSimilarity = Double.NaN;
    if (in.currentToken() != JsonToken.START_ARRAY) {
      in.skipChildren();
      return;
    }
    while (in.nextToken() != JsonToken.END_ARRAY) {
      match();
    }
    labels = List.copyOf(labels);
  }

  private void match() throws IOException {
    String[] label = new String[1];
    int[] candidates = new int[1];
    double before = topSimilarity;
    object(
        name -> {
          switch (name) {
            case "label" -> label[0] = string();
            case "candidates" -> {
              topSimilarity = before;
              candidates[0] = candidates();
            }
            default -> in.skipChildren();
          }
        });
    if (candidates[0] > 0 && label[0] != null) {
      labels.add(label[0]);
    }
  }

  private int candidates() throws IOException {
    if (in.currentToken() != JsonToken.START_ARRAY) {
      in.skipChildren();
      return 0;
    }
    int count = 0;
    while (in.nextToken() != JsonToken.END_ARRAY) {
      count += in.currentToken() == JsonToken.START_OBJECT ? 1 : 0;
      candidate();
    }
    return count;
  }

  private void candidate() throws IOException {
    double[] similarity = {Double.NaN};
    object(
        name -> {
          if (name.equals("similarity")) {
            similarity[0] = number();
          } else {
            in.skipChildren();
          }
        });
    if (!(topSimilarity >= similarity[0]) && !Double.isNaN(similarity[0])) {
      topSimilarity = similarity[0];
    }
  }

  private void faceAttributes() throws IOException {
    inside("basic_attributes", this::forgetBasicAttributes, this::basicAttributes);
  }

  private void forgetBasicAttributes() {
    age = Double.NaN;
    gender = Attributes.ABSENT;
    ethnicGroup = Attributes.ABSENT;
  }

  private void basicAttributes(String name) throws IOException {
    switch (name) {
      case "age" -> age = number();
      case "gender" -> {
        double code = number();
        gender = code == 0 || code == 1 ? (int) code : Attributes.ABSENT;
      }
      case "ethnicities" -> ethnicGroup = outcome("predominant_ethnicity", Estimation.ETHNIC_GROUP);
      default -> in.skipChildren();
    }
  }

  private void aggregateEstimations() throws IOException {
    forgetEstimations();
    object(
        name -> {
          if (name.equals("face")) {
            inside("attributes", this::forgetEstimations, this::estimation);
          } else {
            in.skipChildren();
          }
        });
  }

  private void forgetEstimations() {
    liveness = Attributes.ABSENT;
    mask = Attributes.ABSENT;
    emotion = Attributes.ABSENT;
  }

  private void estimation(String name) throws IOException {
    switch (name) {
      case "liveness" -> liveness = outcome("prediction", Estimation.LIVENESS);
      case "mask" -> mask = outcome("predominant_mask", Estimation.MASK);
      case "emotions" -> emotion = outcome("predominant_emotion", Estimation.EMOTION);
      default -> in.skipChildren();
    }
  }

  private int outcome(String key, Estimation estimation) throws IOException {
    int[] code = {Attributes.ABSENT};
    object(
        name -> {
          if (name.equals(key)) {
            code[0] = code(estimation);
          } else {
            in.skipChildren();
          }
        });
    return code[0];
  }

  /** Reads the object under {@code key}; what an earlier one of either name said is forgotten. */
  private void inside(String key, Runnable forget, Field field) throws IOException {
    forget.run();
    object(
        name -> {
          if (name.equals(key)) {
            forget.run();
            object(field);
          } else {
            in.skipChildren();
          }
        });
  }

  private void object(Field field) throws IOException {
    if (in.currentToken() != JsonToken.START_OBJECT) {
      in.skipChildren();
      return;
    }
    String name;
    while ((name = in.nextFieldName()) != null) {
      in.nextToken();
      field.read(name);
    }
  }

  private List<String> strings() throws IOException {
    if (in.currentToken() != JsonToken.START_ARRAY) {
      in.skipChildren();
      return List.of();
    }
    List<String> strings = new ArrayList<>();
    while (in.nextToken() != JsonToken.END_ARRAY) {
      String string = string();
      if (string != null) {
        strings.add(string);
      }
    }
    return List.copyOf(strings);
  }

  private @Nullable String string() throws IOException {
    if (in.currentToken() == JsonToken.VALUE_STRING) {
      return in.getText();
    }
    in.skipChildren();
    return null;
  }

  /** {@code NaN} for what is no number, or one that no double can hold, such as 1E400. */
  private double number() throws IOException {
    if (in.currentToken().isNumeric()) {
      double number = in.getDoubleValue();
      return Double.isInfinite(number) ? Double.NaN : number;
    }
    in.skipChildren();
    return Double.NaN;
  }

  /** The platform writes an outcome as its name, some versions as its number. */
  private int code(Estimation estimation) throws IOException {
    double number = number();
    if (number == (int) number) {
      return estimation.code((int) number);
    }
    return in.currentToken() == JsonToken.VALUE_STRING
        ? estimation.code(in.getText())
        : Attributes.ABSENT;
  }
}
