package luna.sender.event;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import luna.sender.event.MalformedPayloadException.Reason;
import org.jspecify.annotations.Nullable;

/**
 * Parses one payload into its events, in one pass over the bytes.
 *
 * <p>Shape: {@code {"handler_id", "Luna-Request-Id", "events": [...], "event_create_time",
 * "event_end_time"}} in any order. Other keys are ignored, and the last value of a duplicate key
 * wins. A missing value becomes null in the frame; only a missing request id is replaced by a new
 * one, because clients depend on it. The elements of {@code events} and the texts of the other keys
 * are copied into the frames byte for byte. A number in one of the other keys becomes a text with
 * the same digits, because clients expect text there.
 *
 * <p>Errors: throws {@link MalformedPayloadException} with the reason. An element that is not an
 * object is dropped and reported in {@link Parsed#malformedEvents}; the rest of the payload is
 * returned. {@code bridge.RedisBridge} counts malformed payloads and elements.
 *
 * <p>Source: schema {@code RedisPayload} in {@code openapi.yaml}.
 */
public final class PayloadParser {
  private static final PayloadKey EVENTS = new PayloadKey("events");
  private static final PayloadKey HANDLER_ID = new PayloadKey("handler_id");
  private static final PayloadKey CREATE_TIME = new PayloadKey("event_create_time");
  private static final PayloadKey END_TIME = new PayloadKey("event_end_time");
  private static final PayloadKey REQUEST_ID = new PayloadKey("Luna-Request-Id");
  private static final PayloadKeys<PayloadKey> MESSAGE =
      PayloadKeys.of(EVENTS, HANDLER_ID, CREATE_TIME, END_TIME, REQUEST_ID);

  private final int payloadLimitBytes;
  private final EventSchema schema;
  private final boolean readIds;

  /**
   * @param schema the attributes to read
   * @param readIds whether to read the ids of the events. It costs time, and few configurations
   *     need it.
   */
  public PayloadParser(int payloadLimitBytes, EventSchema schema, boolean readIds) {
    this.payloadLimitBytes = payloadLimitBytes;
    this.schema = schema;
    this.readIds = readIds;
  }

  /**
   * The events of a payload, in the order of the payload.
   *
   * @param malformedEvents how many elements were dropped
   * @param requestId as in the frames, with its quotes; null if the payload is not traced
   */
  public record Parsed(List<Event> events, int malformedEvents, @Nullable String requestId) {}

  /** One element of {@code events}: its position in the payload and its attributes. */
  private record Element(int start, int end, Attributes attributes) {}

  public Parsed parse(String account, byte[] payload, long receivedNanos)
      throws MalformedPayloadException {
    return parse(account, payload, receivedNanos, null, null);
  }

  /**
   * @param trace the trace of the payload, which its events carry; null if it is not traced
   * @param position of the payload in the account's history; null without history
   */
  public Parsed parse(
      String account,
      byte[] payload,
      long receivedNanos,
      @Nullable TraceContext trace,
      @Nullable Position position)
      throws MalformedPayloadException {
    if (payload.length > payloadLimitBytes) {
      throw new MalformedPayloadException(Reason.TOO_LARGE);
    }
    try {
      return new Message(account, payload, receivedNanos, trace, position, schema, readIds).read();
    } catch (MalformedPayloadException failure) {
      // The scanner reports bytes outside of strings as NOT_JSON, even if they are not UTF-8.
      boolean text = ByteBufUtil.isText(Unpooled.wrappedBuffer(payload), StandardCharsets.UTF_8);
      throw text ? failure : new MalformedPayloadException(Reason.NOT_UTF8);
    }
  }

  /** The state of one parse. */
  private static final class Message {
    private final String account;
    private final byte[] payload;
    private final long receivedNanos;
    private final @Nullable TraceContext trace;
    private final @Nullable Position position;
    private final EventSchema schema;
    private final boolean readIds;
    private final JsonScanner in;
    private final EventReader reader;
    private final List<Element> elements = new ArrayList<>(1);
    private int malformedEvents;

    /** What is wrong with the last {@code events}; null if it is valid. */
    private @Nullable Reason eventsFault = Reason.NO_EVENTS;

    private @Nullable String handlerId;
    private Part handlerIdText = Part.NULL;
    private Part createTime = Part.NULL;
    private Part endTime = Part.NULL;
    private Part requestId = Part.NULL;

    Message(
        String account,
        byte[] payload,
        long receivedNanos,
        @Nullable TraceContext trace,
        @Nullable Position position,
        EventSchema schema,
        boolean readIds) {
      this.schema = schema;
      this.readIds = readIds;
      this.account = account;
      this.payload = payload;
      this.receivedNanos = receivedNanos;
      this.trace = trace;
      this.position = position;
      this.in = new JsonScanner(payload);
      this.reader = new EventReader(in, schema, schema.root(readIds));
    }

    Parsed read() throws MalformedPayloadException {
      if (!in.enterObject()) {
        in.expectEnd();
        throw new MalformedPayloadException(Reason.NOT_OBJECT);
      }
      PayloadKey key;
      while ((key = in.nextKey(MESSAGE)) != null) {
        field(key);
      }
      in.expectEnd();
      requireFields();
      if (requestId.isNull()) {
        requestId = Part.of('"' + RequestId.create() + '"');
      }
      List<Event> events = new ArrayList<>(elements.size());
      for (Element element : elements) {
        Attributes attributes = element.attributes;
        schema.setPayload(attributes, handlerId);
        events.add(
            new Event(
                account,
                attributes,
                receivedNanos,
                text(element),
                trace,
                readIds ? schema.id(attributes) : null,
                position == null ? null : position.at(events.size()),
                events.size() + 1 == elements.size()));
      }
      return new Parsed(events, malformedEvents, trace == null ? null : requestId.text());
    }

    /**
     * Checks the required fields. This happens after the last key, because a later duplicate may
     * replace a bad value.
     */
    private void requireFields() throws MalformedPayloadException {
      if (eventsFault != null) {
        throw new MalformedPayloadException(eventsFault);
      }
      if (handlerIdText == Part.BAD
          || createTime == Part.BAD
          || endTime == Part.BAD
          || requestId == Part.BAD) {
        throw new MalformedPayloadException(Reason.BAD_FIELD);
      }
    }

    private void field(PayloadKey key) throws MalformedPayloadException {
      if (key == EVENTS) {
        events();
      } else if (key == HANDLER_ID) {
        handlerId();
      } else if (key == CREATE_TIME) {
        createTime = text();
      } else if (key == END_TIME) {
        endTime = text();
      } else {
        requestId = text();
      }
    }

    private void events() throws MalformedPayloadException {
      elements.clear();
      malformedEvents = 0;
      if (!in.enterArray()) {
        eventsFault = Reason.EVENTS_NOT_ARRAY;
        return;
      }
      while (in.nextElement()) {
        if (in.peek() == '{') {
          int start = in.position();
          Attributes attributes = reader.read();
          elements.add(new Element(start, in.position(), attributes));
        } else {
          in.skip();
          malformedEvents++;
        }
      }
      eventsFault = elements.isEmpty() && malformedEvents == 0 ? Reason.NO_EVENTS : null;
    }

    private void handlerId() throws MalformedPayloadException {
      if (in.peek() == '"') {
        int start = in.position();
        handlerId = in.string();
        handlerIdText = new Part(payload, start, in.position());
      } else {
        handlerIdText = text();
        handlerId = handlerIdText.isQuoted() ? handlerIdText.unquoted() : null;
      }
    }

    /** Reads a value as the frame needs it: text or null. */
    private Part text() throws MalformedPayloadException {
      byte first = in.peek();
      int start = in.position();
      in.skip();
      Part value = new Part(payload, start, in.position());
      return switch (first) {
        case '"', 'n' -> value;
        case '{', '[', 't', 'f' -> Part.BAD;
        default -> Part.of('"' + value.text() + '"');
      };
    }

    /** Returns the frame's payload, in an array of its exact size. */
    private byte[] text(Element element) {
      Part event = new Part(payload, element.start, element.end);
      byte[] text =
          new byte
              [Part.FIXED_BYTES
                  + event.length()
                  + handlerIdText.length()
                  + createTime.length()
                  + endTime.length()
                  + requestId.length()];
      int end = Part.EVENT.copyTo(text, 0);
      end = event.copyTo(text, end);
      end = Part.HANDLER_ID.copyTo(text, end);
      end = handlerIdText.copyTo(text, end);
      end = Part.CREATE_TIME.copyTo(text, end);
      end = createTime.copyTo(text, end);
      end = Part.END_TIME.copyTo(text, end);
      end = endTime.copyTo(text, end);
      end = Part.REQUEST_ID.copyTo(text, end);
      end = requestId.copyTo(text, end);
      Part.END.copyTo(text, end);
      return text;
    }
  }

  /** A part of a frame: a range of bytes to copy. */
  private record Part(byte[] bytes, int start, int end) {
    static final Part NULL = of("null");

    /** Stands for a value of a type that the frame does not allow. */
    static final Part BAD = of("");

    static final Part EVENT = of("{\"event\":");
    static final Part HANDLER_ID = of(",\"handler_id\":");
    static final Part CREATE_TIME = of(",\"event-create-time\":");
    static final Part END_TIME = of(",\"event-end-time\":");
    static final Part REQUEST_ID = of(",\"Luna-Request-id\":");
    static final Part END = of("}");
    static final int FIXED_BYTES =
        EVENT.length()
            + HANDLER_ID.length()
            + CREATE_TIME.length()
            + END_TIME.length()
            + REQUEST_ID.length()
            + END.length();

    static Part of(String text) {
      byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
      return new Part(bytes, 0, bytes.length);
    }

    int length() {
      return end - start;
    }

    String text() {
      return new String(bytes, start, end - start, StandardCharsets.UTF_8);
    }

    boolean isQuoted() {
      return length() > 1 && bytes[start] == '"';
    }

    String unquoted() {
      return new String(bytes, start + 1, length() - 2, StandardCharsets.UTF_8);
    }

    boolean isNull() {
      return Arrays.equals(bytes, start, end, NULL.bytes, 0, NULL.bytes.length);
    }

    int copyTo(byte[] target, int at) {
      System.arraycopy(bytes, start, target, at, end - start);
      return at + end - start;
    }
  }
}
