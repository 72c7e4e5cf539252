package luna.sender.headers;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Parses header field values that are lists or have parameters.
 *
 * <p>Shape: {@code a, b;c=d;e="f, g"}. A separator in a quoted string does not count. Spaces and
 * tabs around a part are dropped, and so are empty parts.
 *
 * <p>Errors: returns null for a malformed value.
 *
 * <p>Units: time is linear in the length of the value, whatever it contains.
 *
 * <p>Source: RFC 9110 sections 5.6.1 to 5.6.6.
 */
public final class FieldValue {
  private static final String TOKEN_SYMBOLS = "!#$%&'*+-.^_`|~";

  private FieldValue() {}

  /**
   * Returns the elements of a list field. All lines of the field form one list (section 5.3).
   *
   * @return null if a quoted string is not terminated on its line
   */
  public static @Nullable List<String> list(List<String> lines) {
    List<String> elements = new ArrayList<>();
    for (String line : lines) {
      if (!split(line, ',', elements)) {
        return null;
      }
    }
    return elements;
  }

  /**
   * Splits one line.
   *
   * @return null if a quoted string is not terminated
   */
  public static @Nullable List<String> split(String line, char separator) {
    List<String> parts = new ArrayList<>();
    return split(line, separator, parts) ? parts : null;
  }

  /** Returns whether a list contains this element, in any letter case. */
  public static boolean contains(@Nullable List<String> elements, String token) {
    if (elements != null) {
      for (String element : elements) {
        if (token.equalsIgnoreCase(element)) {
          return true;
        }
      }
    }
    return false;
  }

  /**
   * Parses the parameters of {@code a=b;c="d"}. Converts names to lower case. A name without {@code
   * =} has the empty value, like {@code a=""}.
   *
   * @return null if a name or a value is malformed, or a name occurs twice
   */
  public static @Nullable Map<String, String> parameters(String text) {
    List<String> parts = split(text, ';');
    return parts == null ? null : parameters(parts);
  }

  /**
   * Parses the parameters in parts from {@link #split}, for example {@code parts.subList(1, size)}.
   */
  public static @Nullable Map<String, String> parameters(List<String> parts) {
    Map<String, String> parameters = new LinkedHashMap<>();
    for (String part : parts) {
      int equals = part.indexOf('=');
      String name = equals < 0 ? part : trim(part, 0, equals);
      String value = equals < 0 ? "" : unquote(trim(part, equals + 1, part.length()));
      if (!isToken(name)
          || value == null
          || parameters.put(name.toLowerCase(Locale.ROOT), value) != null) {
        return null;
      }
    }
    return parameters;
  }

  /**
   * Returns the value of a token or a quoted string, without quotes and escapes, or null for
   * anything else.
   */
  public static @Nullable String unquote(String text) {
    if (!text.startsWith("\"")) {
      return isToken(text) ? text : null;
    }
    StringBuilder value = new StringBuilder(text.length());
    for (int i = 1; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"') {
        return i == text.length() - 1 ? value.toString() : null;
      }
      if (c == '\\' && ++i < text.length()) {
        c = text.charAt(i);
      }
      if ((c < ' ' && c != '\t') || c == 0x7F) {
        return null;
      }
      value.append(c);
    }
    return null;
  }

  /** Returns whether the text is a token (section 5.6.2). */
  public static boolean isToken(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      if (!letter && (c < '0' || c > '9') && TOKEN_SYMBOLS.indexOf(c) < 0) {
        return false;
      }
    }
    return !text.isEmpty();
  }

  private static boolean split(String line, char separator, List<String> parts) {
    int start = 0;
    boolean quoted = false;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c == '"') {
        quoted = !quoted;
      } else if (c == '\\' && quoted) {
        i++;
      } else if (c == separator && !quoted) {
        add(trim(line, start, i), parts);
        start = i + 1;
      }
    }
    add(trim(line, start, line.length()), parts);
    return !quoted;
  }

  private static void add(String part, List<String> parts) {
    if (!part.isEmpty()) {
      parts.add(part);
    }
  }

  /**
   * Removes spaces and tabs at both ends. {@link String#strip} would remove other characters too.
   */
  private static String trim(String text, int from, int to) {
    int start = from;
    int end = to;
    while (start < end && isSpace(text.charAt(start))) {
      start++;
    }
    while (end > start && isSpace(text.charAt(end - 1))) {
      end--;
    }
    return text.substring(start, end);
  }

  private static boolean isSpace(char c) {
    return c == ' ' || c == '\t';
  }
}
