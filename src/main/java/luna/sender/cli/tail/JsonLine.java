package luna.sender.cli.tail;

/**
 * A message as one line: its bytes as they came, and a line feed.
 *
 * <p>Shape: a line break inside of the message, which JSON allows only between its parts, becomes a
 * space, for else it would be two lines.
 */
final class JsonLine {
  private JsonLine() {}

  static byte[] of(byte[] message) {
    byte[] line = new byte[message.length + 1];
    for (int i = 0; i < message.length; i++) {
      byte b = message[i];
      line[i] = b == '\n' || b == '\r' ? (byte) ' ' : b;
    }
    line[message.length] = '\n';
    return line;
  }
}
