package luna.sender.headers;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.StringTokenizer;

/**
 * Encodes texts as the value of one header field, so that a text can neither break the header nor
 * look like two.
 *
 * <p>Shape: printable ASCII, separated by {@code ", "}. All other characters, the signs {@value
 * #ENCODED} and a space at an end are percent-encoded UTF-8.
 */
public final class EncodedTexts {
  private static final String ENCODED = "%,+\"\\";

  private EncodedTexts() {}

  /** Returns the texts that fit, in this order, or nothing if there are none. */
  public static String encode(List<String> texts, int limit) {
    StringBuilder all = new StringBuilder();
    for (String text : texts) {
      String encoded = (all.isEmpty() ? "" : ", ") + encode(text);
      if (all.length() + encoded.length() <= limit) {
        all.append(encoded);
      }
    }
    return all.toString();
  }

  private static String encode(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    StringBuilder encoded = new StringBuilder(bytes.length);
    for (int i = 0; i < bytes.length; i++) {
      char c = (char) (bytes[i] & 0xff);
      boolean end = i == 0 || i == bytes.length - 1;
      if (c < ' ' || c > '~' || ENCODED.indexOf(c) >= 0 || (c == ' ' && end)) {
        encoded.append('%').append(hex(c >> 4)).append(hex(c & 0xf));
      } else {
        encoded.append(c);
      }
    }
    return encoded.toString();
  }

  private static char hex(int digit) {
    return Character.toUpperCase(Character.forDigit(digit, 16));
  }

  /** Returns the texts of a value. A text that is not percent-encoded stays as it is. */
  public static List<String> decode(String value) {
    List<String> texts = new ArrayList<>();
    for (StringTokenizer each = new StringTokenizer(value, ","); each.hasMoreTokens(); ) {
      String text = each.nextToken().strip();
      try {
        texts.add(URLDecoder.decode(text, StandardCharsets.UTF_8));
      } catch (IllegalArgumentException notEncoded) {
        texts.add(text);
      }
    }
    return texts;
  }
}
