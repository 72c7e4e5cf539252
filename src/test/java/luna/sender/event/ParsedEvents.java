package luna.sender.event;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import luna.sender.testing.TestContract;

/**
 * Creates events as the bridge does, for tests of other packages.
 *
 * <p>Errors: {@link IllegalArgumentException} for a payload that the parser rejects.
 *
 * <p>Owner: immutable.
 */
public final class ParsedEvents {
  private static final String ACCOUNT = "8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a";
  private static final int LIMIT_BYTES = 1 << 24;

  private ParsedEvents() {}

  /** Returns the events of a payload, in its order. */
  public static List<Event> of(String payload) {
    return of(TestContract.EVENTS, payload);
  }

  /** The same with the attributes of another contract. */
  public static List<Event> of(EventSchema schema, String payload) {
    try {
      return new PayloadParser(LIMIT_BYTES, schema, false)
          .parse(ACCOUNT, payload.getBytes(StandardCharsets.UTF_8), 0)
          .events();
    } catch (MalformedPayloadException malformed) {
      throw new IllegalArgumentException(payload, malformed);
    }
  }

  /** Returns the frame's payload. */
  public static byte[] text(Event event) {
    byte[] text = new byte[event.textBytes()];
    ByteBuf target = Unpooled.wrappedBuffer(text).writerIndex(0);
    event.writeText(target);
    return text;
  }
}
