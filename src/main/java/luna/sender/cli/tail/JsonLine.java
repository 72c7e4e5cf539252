package luna.sender.cli.tail;

/**
 * Formats a message as one line: its unchanged bytes and a line feed.
 *
 * <p>Shape: replaces line breaks by spaces. JSON allows them only between tokens, so the value
 * stays the same.
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
