package luna.sender.event;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Writes a tree as JSON in one of many equivalent ways: with white space, escapes, keys in any
 * order, other forms of a number, and duplicate keys of which the last one counts.
 *
 * <p>Owner: used by one thread.
 */
final class OddJson {
  private static final String[] SPACES = {" ", "\n", "\t", "\r\n", "  "};

  /**
   * A value that a later duplicate key replaces. It has every key that is read, at every level, so
   * the test detects any of it that remains.
   */
  private static final String REPLACED =
      """
      {"source":"v","tags":["v"],"city":"v","area":"v","district":"v","street":"v",\
      "house_number":"v","age":99,"gender":1,"ethnicities":{"predominant_ethnicity":"asian"},\
      "basic_attributes":{"age":98,"gender":0,"ethnicities":{"predominant_ethnicity":"indian"}},\
      "predominant_ethnicity":"asian","prediction":"real","predominant_mask":"occluded",\
      "predominant_emotion":"fear","liveness":{"prediction":1},"mask":{"predominant_mask":2},\
      "emotions":{"predominant_emotion":4},"attributes":{"liveness":{"prediction":2}},\
      "face":{"attributes":{"mask":{"predominant_mask":1},"emotions":{"predominant_emotion":1}}},\
      "label":"v","candidates":[{"similarity":0.99}],"similarity":0.98}""";

  private final Random random;
  private final StringBuilder out = new StringBuilder();

  private OddJson(Random random) {
    this.random = random;
  }

  static String write(@Nullable Object tree, Random random) {
    OddJson json = new OddJson(random);
    json.value(tree);
    return json.out.toString();
  }

  /** Writes a member for each of the texts, which are JSON already, in random order. */
  static String members(Map<String, String> texts, Random random) {
    OddJson json = new OddJson(random);
    List<Map.Entry<String, String>> members = new ArrayList<>(texts.entrySet());
    Collections.shuffle(members, random);
    json.out.append('{');
    for (int i = 0; i < members.size(); i++) {
      json.separator(i);
      json.string(members.get(i).getKey());
      json.space().append(':');
      json.space().append(members.get(i).getValue());
    }
    json.space().append('}');
    return json.out.toString();
  }

  static String space(Random random) {
    return random.nextInt(4) == 0 ? SPACES[random.nextInt(SPACES.length)] : "";
  }

  private void value(@Nullable Object value) {
    if (value instanceof JsonObject object) {
      object(object);
    } else if (value instanceof JsonArray array) {
      out.append('[');
      for (int i = 0; i < array.size(); i++) {
        separator(i);
        value(array.getValue(i));
      }
      space().append(']');
    } else if (value instanceof String string) {
      string(string);
    } else if (value instanceof Number number) {
      number(new BigDecimal(number.toString()));
    } else {
      out.append(value);
    }
  }

  private void object(JsonObject object) {
    List<String> names = new ArrayList<>(object.fieldNames());
    Collections.shuffle(names, random);
    out.append('{');
    for (int i = 0; i < names.size(); i++) {
      separator(i);
      if (random.nextInt(8) == 0) {
        string(names.get(i));
        out.append(':').append(random.nextBoolean() ? REPLACED : "[" + REPLACED + "]").append(',');
      }
      string(names.get(i));
      space().append(':');
      space();
      value(object.getValue(names.get(i)));
    }
    space().append('}');
  }

  private void separator(int index) {
    if (index > 0) {
      space().append(',');
    }
    space();
  }

  private StringBuilder space() {
    return out.append(space(random));
  }

  private void number(BigDecimal number) {
    out.append(
        switch (random.nextInt(5)) {
          case 0 -> number.toPlainString();
          case 1 -> number.toEngineeringString();
          case 2 -> number.setScale(Math.max(0, number.scale()) + 2).toPlainString();
          case 3 -> number.unscaledValue() + "e" + -number.scale();
          default -> number.toString();
        });
  }

  private void string(String string) {
    out.append('"');
    string
        .codePoints()
        .forEach(
            c -> {
              boolean lone = c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE;
              if (lone || c < 0x20 || random.nextInt(10) == 0) {
                for (char half : Character.toChars(c)) {
                  out.append((random.nextBoolean() ? "\\u%04x" : "\\u%04X").formatted((int) half));
                }
              } else if (c == '"' || c == '\\' || (c == '/' && random.nextBoolean())) {
                out.append('\\').append((char) c);
              } else {
                out.appendCodePoint(c);
              }
            });
    out.append('"');
  }
}
