package luna.sender.clients;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The head of a client's request, with its account and token from headers, or from the URL and
 * subprotocols as in browsers.
 *
 * <p>Owner: immutable.
 */
record Handshake(String target, Map<String, String> headers, long nanos) {
  private static final Pattern ACCOUNT = Pattern.compile("[?&]account_id=([^&]*)");
  private static final Pattern BEARER = Pattern.compile("luna\\.bearer\\.([^, ]+)");

  /** Returns null at the end of the stream. */
  static @Nullable Handshake read(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int next = in.read();
      if (next < 0) {
        return null;
      }
      head.append(new String(new byte[] {(byte) next}, ISO_8859_1));
    }
    String[] lines = head.toString().split("\r\n", -1);
    Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    for (int i = 1; i < lines.length - 2; i++) {
      String[] parts = lines[i].split(":", 2);
      headers.put(parts[0], parts[1].strip());
    }
    return new Handshake(lines[0].split(" ", -1)[1], headers, System.nanoTime());
  }

  String header(String name) {
    return headers.getOrDefault(name, "");
  }

  boolean isUpgrade() {
    return header("Upgrade").toLowerCase(Locale.ROOT).equals("websocket");
  }

  String account() {
    return find(ACCOUNT, target, header("Luna-Account-Id"));
  }

  String token() {
    return find(
        BEARER, header("Sec-WebSocket-Protocol"), header("Authorization").replace("Bearer ", ""));
  }

  private static String find(Pattern pattern, String text, String otherwise) {
    Matcher matcher = pattern.matcher(text);
    return matcher.find() ? matcher.group(1) : otherwise;
  }
}
