package luna.sender.cli.tail;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.time.Clock;
import java.time.LocalTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import luna.sender.log.PrintableText;
import org.jspecify.annotations.Nullable;

/**
 * Formats an event as one line of text: time, place, best match, attributes and tags.
 *
 * <p>Shape: parts are separated by two spaces; missing parts are omitted. The time of day is that
 * in the event, or the time of arrival if it has none.
 *
 * <p>Errors: shows other messages unchanged. Escapes control characters, because the text of an
 * event is not trusted.
 *
 * <p>Owner: one thread.
 */
final class EventLine {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final Pattern TIME = Pattern.compile(".*[T ](\\d\\d:\\d\\d:\\d\\d).*");
  private static final DateTimeFormatter TIME_OF_DAY = DateTimeFormatter.ofPattern("HH:mm:ss");
  private static final int SHOWN_LENGTH = 2_000;

  private static final String DIM = "2";
  private static final String BOLD = "1";
  private static final String CYAN = "36";
  private static final String GREEN = "32";
  private static final String YELLOW = "33";
  private static final String RED = "31";

  private final boolean colours;
  private final Clock clock;
  private final List<String> parts = new ArrayList<>();

  /**
   * @param clock the time of events without one
   */
  EventLine(boolean colours, Clock clock) {
    this.colours = colours;
    this.clock = clock;
  }

  /** Returns the line without a line break. */
  String of(byte[] message) {
    JsonNode frame;
    try {
      frame = MAPPER.readTree(message);
    } catch (IOException notJson) {
      frame = MAPPER.missingNode();
    }
    JsonNode event = frame.path("event");
    if (!event.isObject()) {
      String text = new String(message, UTF_8);
      return PrintableText.of(text.substring(0, Math.min(text.length(), SHOWN_LENGTH)));
    }
    parts.clear();
    add(DIM, time(frame.path("event-create-time").asText("")));
    add(BOLD, text(event.path("source")));
    add("", place(event.path("location")));
    add(CYAN, match(event.path("matches")));
    JsonNode face = event.at("/face_attributes/basic_attributes");
    add("", face.path("age").isNumber() ? "age " + face.path("age").asText() : null);
    add("", gender(face.path("gender")));
    add("", text(face.at("/ethnicities/predominant_ethnicity")));
    JsonNode estimations = event.at("/aggregate_estimations/face/attributes");
    add("", text(estimations.at("/emotions/predominant_emotion")));
    add("", mask(text(estimations.at("/mask/predominant_mask"))));
    String liveness = text(estimations.at("/liveness/prediction"));
    add(livenessColour(liveness), liveness);
    for (JsonNode tag : event.path("tags")) {
      String name = text(tag);
      add(YELLOW, name == null ? null : "#" + name);
    }
    if (parts.size() == 1) {
      add(DIM, text(event.path("event_id")));
    }
    return String.join("  ", parts);
  }

  private void add(String colour, @Nullable String text) {
    if (text == null || text.isEmpty()) {
      return;
    }
    String shown = PrintableText.of(text);
    parts.add(
        colours && !colour.isEmpty() ? "\u001b[" + colour + "m" + shown + "\u001b[0m" : shown);
  }

  private String time(String given) {
    Matcher matcher = TIME.matcher(given);
    return matcher.matches() ? matcher.group(1) : LocalTime.now(clock).format(TIME_OF_DAY);
  }

  private static @Nullable String text(JsonNode node) {
    return node.isValueNode() && !node.isNull() ? node.asText() : null;
  }

  /** Returns the place from the city to the street, with the house number after the street. */
  private static String place(JsonNode location) {
    List<String> names = new ArrayList<>();
    for (String key : List.of("city", "area", "district", "street")) {
      String name = text(location.path(key));
      if (name != null && !name.isEmpty()) {
        names.add(name);
      }
    }
    String house = text(location.path("house_number"));
    String place = String.join(", ", names);
    return house == null || house.isEmpty() ? place : (place + " " + house).strip();
  }

  /** Returns the candidate with the highest similarity: its label, name and similarity. */
  private static @Nullable String match(JsonNode matches) {
    double best = -1;
    String text = null;
    for (JsonNode match : matches) {
      for (JsonNode candidate : match.path("candidates")) {
        double similarity = candidate.path("similarity").asDouble(-1);
        if (similarity > best) {
          best = similarity;
          text = match(match.path("label"), candidate, similarity);
        }
      }
    }
    return text;
  }

  private static String match(JsonNode label, JsonNode candidate, double similarity) {
    List<String> words = new ArrayList<>();
    String name = text(label);
    if (name != null) {
      words.add(name);
    }
    for (String pointer :
        List.of("/face/user_data", "/event/user_data", "/face/face_id", "/event/event_id")) {
      String who = text(candidate.at(pointer));
      if (who != null && !who.isEmpty()) {
        words.add(who);
        break;
      }
    }
    words.add(String.format(Locale.ROOT, "%.3f", similarity));
    return String.join(" ", words);
  }

  private static @Nullable String gender(JsonNode gender) {
    return switch (gender.asInt(-1)) {
      case 0 -> "female";
      case 1 -> "male";
      default -> null;
    };
  }

  private static @Nullable String mask(@Nullable String predominant) {
    if (predominant == null) {
      return null;
    }
    return switch (predominant) {
      case "missing" -> "no mask";
      case "medical_mask" -> "medical mask";
      default -> "mask " + predominant;
    };
  }

  private static String livenessColour(@Nullable String prediction) {
    return "real".equals(prediction) ? GREEN : "spoof".equals(prediction) ? RED : "";
  }
}
