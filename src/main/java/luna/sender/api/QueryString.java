package luna.sender.api;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A parsed query string with decoded names and raw values. Raw values keep a {@code %2C} distinct
 * from a plain comma.
 *
 * <p>Shape: pairs are separated by {@code &} only; {@code +} is a space.
 *
 * <p>Source: https://url.spec.whatwg.org/#urlencoded-parsing
 */
final class QueryString {
  /** No valid query of a request line of 32 kB has more: the shortest parameter is 7 bytes. */
  static final int MAX_PARAMETERS = 5_000;

  private static final String ENCODED = "percent-encoded UTF-8";

  private final Map<String, List<String>> rawValues = new LinkedHashMap<>();

  /** Parses a query. A name that cannot be decoded stays as it is. */
  static QueryString of(@Nullable String query) {
    QueryString parsed = new QueryString();
    if (query == null || query.isEmpty()) {
      return parsed;
    }
    int start = 0;
    while (start <= query.length()) {
      int ampersand = query.indexOf('&', start);
      int end = ampersand < 0 ? query.length() : ampersand;
      String pair = query.substring(start, end);
      start = end + 1;
      if (!pair.isEmpty()) {
        int equals = pair.indexOf('=');
        String rawName = equals < 0 ? pair : pair.substring(0, equals);
        String name = decode(rawName);
        parsed
            .rawValues
            .computeIfAbsent(name == null ? rawName : name, n -> new ArrayList<>(1))
            .add(equals < 0 ? "" : pair.substring(equals + 1));
      }
    }
    return parsed;
  }

  /**
   * Returns whether a query has more than {@link #MAX_PARAMETERS}, whether separated by {@code &}
   * or {@code ;}.
   */
  static boolean hasTooManyParameters(@Nullable String query) {
    int separators = 0;
    for (int i = 0; query != null && i < query.length() && separators < MAX_PARAMETERS; i++) {
      if (query.charAt(i) == '&' || query.charAt(i) == ';') {
        separators++;
      }
    }
    return separators == MAX_PARAMETERS;
  }

  /** Returns all raw values of a name, or an empty list. */
  List<String> rawValues(String name) {
    return rawValues.getOrDefault(name, List.of());
  }

  /** Returns the names in the order of the query. */
  Iterable<String> names() {
    return rawValues.keySet();
  }

  /**
   * Describes the first parameter that is not percent-encoded UTF-8, or returns null if all are
   * valid.
   */
  @Nullable String fault() {
    for (Map.Entry<String, List<String>> pair : rawValues.entrySet()) {
      for (String raw : pair.getValue()) {
        if (decode(raw) == null) {
          return fault(pair.getKey(), raw);
        }
      }
    }
    for (String name : names()) {
      if (decode(name) == null) {
        return ParameterError.shown(name) + " (expected: " + ENCODED + ")";
      }
    }
    return null;
  }

  static String fault(String name, String raw) {
    return ParameterError.shown(name)
        + ": "
        + ParameterError.shown(raw)
        + " (expected: "
        + ENCODED
        + ")";
  }

  private static boolean isPlain(String raw) {
    for (int i = 0; i < raw.length(); i++) {
      char c = raw.charAt(i);
      if (c == '%' || c == '+' || c >= 0x80) {
        return false;
      }
    }
    return true;
  }

  /** Decodes a raw value, or returns null if it is not percent-encoded UTF-8. */
  static @Nullable String decode(String raw) {
    if (isPlain(raw)) {
      return raw;
    }
    ByteBuffer bytes = ByteBuffer.allocate(raw.length());
    for (int i = 0; i < raw.length(); i++) {
      char c = raw.charAt(i);
      if (c == '%') {
        int high = i + 2 < raw.length() ? Character.digit(raw.charAt(i + 1), 16) : -1;
        int low = i + 2 < raw.length() ? Character.digit(raw.charAt(i + 2), 16) : -1;
        if (high < 0 || low < 0) {
          return null;
        }
        bytes.put((byte) (high << 4 | low));
        i += 2;
      } else {
        // The HTTP decoder returns one char per byte, so raw UTF-8 works too.
        bytes.put((byte) (c == '+' ? ' ' : c));
      }
    }
    try {
      // Unlike new String(bytes, UTF_8), this rejects malformed UTF-8.
      return StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()).toString();
    } catch (CharacterCodingException notUtf8) {
      return null;
    }
  }
}
