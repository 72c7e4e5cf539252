package luna.sender.event;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Checks whether bytes are UTF-8 and one JSON object, by the grammar alone.
 *
 * <p>Owner: used by one thread.
 *
 * <p>Source: RFC 8259 sections 2 to 8.
 */
final class StrictJson {
  private static final Pattern STRING =
      Pattern.compile("\"([^\"\\\\\u0000-\u001f]|\\\\([\"\\\\/bfnrt]|u[0-9a-fA-F]{4}))*+\"");
  private static final Pattern NUMBER =
      Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?");
  private static final Pattern LITERAL = Pattern.compile("true|false|null");
  private static final Pattern SPACE = Pattern.compile("[ \t\n\r]*");

  private final String text;
  private int position;

  private StrictJson(String text) {
    this.text = text;
  }

  static boolean isObject(byte[] bytes) {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      StrictJson json = new StrictJson(text);
      return text.startsWith("{") && json.value() && json.position == text.length();
    } catch (CharacterCodingException notUtf8) {
      return false;
    }
  }

  private boolean value() {
    if (take('{')) {
      return items('}', true);
    }
    if (take('[')) {
      return items(']', false);
    }
    return take(STRING) || take(NUMBER) || take(LITERAL);
  }

  private boolean items(char end, boolean named) {
    take(SPACE);
    if (take(end)) {
      return true;
    }
    do {
      take(SPACE);
      if (named && !(take(STRING) && take(SPACE) && take(':') && take(SPACE))) {
        return false;
      }
      if (!value()) {
        return false;
      }
      take(SPACE);
    } while (take(','));
    return take(end);
  }

  private boolean take(char expected) {
    boolean here = position < text.length() && text.charAt(position) == expected;
    position += here ? 1 : 0;
    return here;
  }

  private boolean take(Pattern pattern) {
    Matcher matcher = pattern.matcher(text).region(position, text.length());
    boolean here = matcher.lookingAt();
    position = here ? matcher.end() : position;
    return here;
  }
}
