package luna.sender.cli.tail;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * Makes the query of the URL from filters as people write them into a shell.
 *
 * <p>Shape: an operand is {@code name=value}. In it a comma separates values, {@code %} with two
 * hexadecimal digits is what it is in a URL, so {@code %2C} is a comma inside of a value, and every
 * other character stands for itself, {@code +} and {@code &} too. A query is what stands in a URL
 * already; only what no URL can hold is encoded. Repeated names stay repeated: for the server a
 * repeated list continues.
 *
 * <p>Errors: {@link IllegalArgumentException} for an operand without a name or without {@code =}.
 * Whether a filter exists and its value is good is for the server to say.
 */
public final class FilterOptions implements Iterable<String> {
  /** For completion, and to guess what a misspelt name was meant to be. */
  static final List<String> NAMES =
      List.of(
          "sources",
          "matching_candidates_labels",
          "object_similarity__gte",
          "object_similarity__lt",
          "age__gte",
          "age__lt",
          "gender",
          "ethnic_groups",
          "liveness",
          "masks",
          "emotions",
          "tags",
          "cities",
          "areas",
          "districts",
          "streets",
          "house_numbers",
          "handler_ids",
          "slow");

  private static final String IN_OPERAND = "-._~,:/@!$'()*;?=";
  private static final String IN_QUERY = IN_OPERAND + "+&";

  /** What a shell offers for an operand; picocli makes one of these. */
  @Override
  public Iterator<String> iterator() {
    return NAMES.stream().map(name -> name + "=").iterator();
  }

  /** One part of the query for an operand. */
  static String operand(String text) {
    int equals = text.indexOf('=');
    if (equals < 1) {
      throw new IllegalArgumentException(
          "filter: " + text + " (expected: name=value, as in gender=1)");
    }
    return encode(text.substring(0, equals), "-._~")
        + "="
        + encode(text.substring(equals + 1), IN_OPERAND);
  }

  /** The query of all that was given, in that order. */
  static String query(Endpoint endpoint, List<String> queries, List<String> operands) {
    List<String> parts = new ArrayList<>();
    if (!endpoint.query().isEmpty()) {
      parts.add(endpoint.query());
    }
    for (String query : queries) {
      String bare = query.startsWith("?") ? query.substring(1) : query;
      if (!bare.isEmpty()) {
        parts.add(encode(bare, IN_QUERY));
      }
    }
    operands.forEach(text -> parts.add(operand(text)));
    return String.join("&", parts);
  }

  private static String encode(String text, String kept) {
    StringBuilder out = new StringBuilder(text.length() + 16);
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < bytes.length; i++) {
      char c = (char) (bytes[i] & 0xff);
      boolean stays =
          c == '%' ? isEncoded(bytes, i) : isLetterOrDigit(c) || c < 0x80 && kept.indexOf(c) >= 0;
      if (stays) {
        out.append(c);
      } else {
        out.append('%').append(hex(c >> 4)).append(hex(c & 0xf));
      }
    }
    return out.toString();
  }

  private static boolean isEncoded(byte[] bytes, int percent) {
    return percent + 2 < bytes.length
        && Character.digit(bytes[percent + 1], 16) >= 0
        && Character.digit(bytes[percent + 2], 16) >= 0;
  }

  private static boolean isLetterOrDigit(char c) {
    return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
  }

  private static char hex(int digit) {
    return Character.toUpperCase(Character.forDigit(digit, 16));
  }
}
