package luna.sender.bridge;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import luna.sender.bridge.MalformedPayload.Reason;
import luna.sender.event.Event;
import luna.sender.event.RequestId;
import org.jspecify.annotations.Nullable;

/**
 * Turns one payload into its events, in one pass over the bytes.
 *
 * <p>Shape: {@code {"handler_id", "Luna-Request-Id", "events": [...], "event_create_time",
 * "event_end_time"}} in any order, other keys ignored. A missing one becomes null in the frame, but
 * for the request id, which clients rely on: a new one is made. The elements of {@code events} and
 * the values beside it go into the frames byte for byte.
 *
 * <p>Errors: {@link MalformedPayload}, by reason. An element that is no object is left out and
 * counted; the rest of its payload is delivered.
 *
 * <p>Owner: immutable.
 *
 * <p>Source: schema {@code RedisPayload} in {@code openapi.yaml}.
 */
final class PayloadParser {
  private static final byte[] EVENTS = ascii("events");
  private static final byte[] HANDLER_ID = ascii("handler_id");
  private static final byte[] CREATE_TIME = ascii("event_create_time");
  private static final byte[] END_TIME = ascii("event_end_time");
  private static final byte[] REQUEST_ID = ascii("Luna-Request-Id");
  private static final byte[] NULL = ascii("null");

  private final int payloadLimitBytes;

  PayloadParser(int payloadLimitBytes) {
    this.payloadLimitBytes = payloadLimitBytes;
  }

  /**
   * The events of a payload, in its order.
   *
   * @param malformedEvents how many elements were left out
   */
  record Parsed(List<Event> events, int malformedEvents) {}

  /** One element of {@code events}: where it lies in the payload, and its attributes. */
  private record Element(int start, int end, EventReader reader) {}

  Parsed parse(String account, byte[] payload, long receivedNanos) throws MalformedPayload {
    if (payload.length > payloadLimitBytes) {
      throw new MalformedPayload(Reason.TOO_LARGE);
    }
    try {
      return new Message(account, payload, receivedNanos).read();
    } catch (MalformedPayload failure) {
      // Bytes outside of strings are refused as no JSON, though they may not even be text.
      boolean text = ByteBufUtil.isText(Unpooled.wrappedBuffer(payload), StandardCharsets.UTF_8);
      throw text ? failure : new MalformedPayload(Reason.NOT_UTF8);
    }
  }

  /** The payload that is being read. */
  private static final class Message {
    private final String account;
    private final byte[] payload;
    private final long receivedNanos;
    private final JsonScanner in;
    private final List<Element> elements = new ArrayList<>();
    private int malformedEvents;
    private @Nullable String handlerId;
    private byte[] handlerIdBytes = NULL;
    private byte[] createTime = NULL;
    private byte[] endTime = NULL;
    private byte[] requestId = NULL;

    Message(String account, byte[] payload, long receivedNanos) {
      this.account = account;
      this.payload = payload;
      this.receivedNanos = receivedNanos;
      this.in = new JsonScanner(payload);
    }

    Parsed read() throws MalformedPayload {
      if (!in.enterObject()) {
        in.expectEnd();
        throw new MalformedPayload(Reason.NOT_OBJECT);
      }
      while (in.nextKey()) {
        field();
      }
      in.expectEnd();
      if (elements.isEmpty() && malformedEvents == 0) {
        throw new MalformedPayload(Reason.NO_EVENTS);
      }
      if (Arrays.equals(requestId, NULL)) {
        requestId = ascii('"' + RequestId.make() + '"');
      }
      String id = handlerId == null ? null : handlerId.toLowerCase(Locale.ROOT);
      List<Event> events = new ArrayList<>(elements.size());
      for (Element element : elements) {
        events.add(new Event(account, element.reader.attributes(id), receivedNanos, text(element)));
      }
      return new Parsed(events, malformedEvents);
    }

    private void field() throws MalformedPayload {
      if (in.keyIs(EVENTS)) {
        events();
      } else if (in.keyIs(HANDLER_ID)) {
        handlerId();
      } else if (in.keyIs(CREATE_TIME)) {
        createTime = scalar();
      } else if (in.keyIs(END_TIME)) {
        endTime = scalar();
      } else if (in.keyIs(REQUEST_ID)) {
        requestId = scalar();
      } else {
        in.skip();
      }
    }

    private void events() throws MalformedPayload {
      elements.clear();
      malformedEvents = 0;
      if (!in.enterArray()) {
        throw new MalformedPayload(Reason.EVENTS_NOT_ARRAY);
      }
      while (in.nextElement()) {
        if (in.peek() == '{') {
          int start = in.position();
          EventReader reader = new EventReader(in).read();
          elements.add(new Element(start, in.position(), reader));
        } else {
          in.skip();
          malformedEvents++;
        }
      }
    }

    private void handlerId() throws MalformedPayload {
      requireScalar();
      int start = in.position();
      handlerId = in.string();
      handlerIdBytes = Arrays.copyOfRange(payload, start, in.position());
    }

    private byte[] scalar() throws MalformedPayload {
      requireScalar();
      int start = in.position();
      in.skip();
      return Arrays.copyOfRange(payload, start, in.position());
    }

    private void requireScalar() throws MalformedPayload {
      byte first = in.peek();
      if (first == '{' || first == '[') {
        throw new MalformedPayload(Reason.BAD_FIELD);
      }
    }

    private byte[] text(Element element) {
      FrameText text =
          new FrameText(
              element.end
                  - element.start
                  + handlerIdBytes.length
                  + createTime.length
                  + endTime.length
                  + requestId.length);
      text.add(FrameText.EVENT).add(payload, element.start, element.end);
      text.add(FrameText.HANDLER_ID).add(handlerIdBytes);
      text.add(FrameText.CREATE_TIME).add(createTime);
      text.add(FrameText.END_TIME).add(endTime);
      text.add(FrameText.REQUEST_ID).add(requestId);
      return text.add(FrameText.END).bytes;
    }
  }

  /** The frame's payload under construction, of exactly its final size. */
  private static final class FrameText {
    static final byte[] EVENT = ascii("{\"event\":");
    static final byte[] HANDLER_ID = ascii(",\"handler_id\":");
    static final byte[] CREATE_TIME = ascii(",\"event-create-time\":");
    static final byte[] END_TIME = ascii(",\"event-end-time\":");
    static final byte[] REQUEST_ID = ascii(",\"Luna-Request-id\":");
    static final byte[] END = ascii("}");
    private static final int FIXED =
        EVENT.length
            + HANDLER_ID.length
            + CREATE_TIME.length
            + END_TIME.length
            + REQUEST_ID.length
            + END.length;

    final byte[] bytes;
    private int length;

    FrameText(int variable) {
      bytes = new byte[FIXED + variable];
    }

    FrameText add(byte[] part) {
      return add(part, 0, part.length);
    }

    FrameText add(byte[] from, int start, int end) {
      System.arraycopy(from, start, bytes, length, end - start);
      length += end - start;
      return this;
    }
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
