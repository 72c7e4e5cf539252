package luna.sender.cli.tail;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import luna.sender.contract.ContractDocument;
import luna.sender.filter.FilterContract;
import luna.sender.filter.FilterParameter;

/**
 * Builds the query of the URL from filters on the command line.
 *
 * <p>Shape: an operand is {@code name=value}. A comma separates values. {@code %} with two
 * hexadecimal digits is percent-encoding, so {@code %2C} is a comma inside a value. Every other
 * character stands for itself, including {@code +} and {@code &}. A query is already encoded; only
 * characters that are invalid in a URL are encoded. Repeated names stay repeated, because the
 * server joins repeated lists.
 *
 * <p>Errors: {@link IllegalArgumentException} for an operand without a name or without {@code =}.
 * The server validates names and values.
 */
public final class FilterOptions implements Iterable<String> {
  /** Parameters that are not filters and have no option of their own. */
  private static final List<String> FURTHER = List.of("slow", "strict");

  private static final String IN_OPERAND = "-._~,:/@!$'()*;?=";
  private static final String IN_QUERY = IN_OPERAND + "+&";

  /** Returns the filters of the contract and further parameters, for shell completion. */
  static List<String> names() {
    return Stream.concat(
            FilterContract.of(ContractDocument.read().json()).parameters().stream()
                .map(FilterParameter::name),
            FURTHER.stream())
        .toList();
  }

  /** Returns the completion candidates. picocli creates an instance of this class. */
  @Override
  public Iterator<String> iterator() {
    return names().stream().map(name -> name + "=").iterator();
  }

  /** Encodes an operand as one part of the query. */
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

  /** Returns the query of all given filters, in this order. */
  public static String query(Endpoint endpoint, List<String> queries, List<String> operands) {
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

  /** Encodes a value of the query. */
  static String encoded(String value) {
    return encode(value, "-._~:");
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
