package luna.sender.bridge;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.IOException;
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
  /** Braces and brackets within each other; the platform's events have about 10. */
  static final int MAX_DEPTH = 128;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          // UTF-16 would be taken for UTF-8 by the clients.
          .disable(JsonFactory.Feature.CHARSET_DETECTION)
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  // The payload's own limit bounds these.
                  .maxStringLength(Integer.MAX_VALUE)
                  .maxNumberLength(Integer.MAX_VALUE)
                  .maxNameLength(Integer.MAX_VALUE)
                  .build())
          .build();

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
    if (!ByteBufUtil.isText(Unpooled.wrappedBuffer(payload), StandardCharsets.UTF_8)) {
      throw new MalformedPayload(Reason.NOT_UTF8);
    }
    try (JsonParser in = JSON.createParser(payload)) {
      return new Message(account, payload, receivedNanos, in).read();
    } catch (StreamConstraintsException tooDeep) {
      throw new MalformedPayload(Reason.TOO_DEEP);
    } catch (IOException notJson) {
      throw new MalformedPayload(Reason.NOT_JSON);
    }
  }

  /** The payload that is being read. */
  private static final class Message {
    private final String account;
    private final byte[] payload;
    private final long receivedNanos;
    private final JsonParser in;
    private final List<Element> elements = new ArrayList<>();
    private int malformedEvents;
    private @Nullable String handlerId;
    private byte[] handlerIdBytes = NULL;
    private byte[] createTime = NULL;
    private byte[] endTime = NULL;
    private byte[] requestId = NULL;

    Message(String account, byte[] payload, long receivedNanos, JsonParser in) {
      this.account = account;
      this.payload = payload;
      this.receivedNanos = receivedNanos;
      this.in = in;
    }

    Parsed read() throws IOException, MalformedPayload {
      JsonToken first = in.nextToken();
      if (first != JsonToken.START_OBJECT) {
        throw new MalformedPayload(first == null ? Reason.NOT_JSON : Reason.NOT_OBJECT);
      }
      String name;
      while ((name = in.nextFieldName()) != null) {
        in.nextToken();
        field(name);
      }
      if (in.nextToken() != null) {
        throw new MalformedPayload(Reason.NOT_JSON);
      }
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

    private void field(String name) throws IOException, MalformedPayload {
      switch (name) {
        case "events" -> events();
        case "handler_id" -> {
          handlerIdBytes = scalar();
          handlerId = in.currentToken() == JsonToken.VALUE_STRING ? in.getText() : null;
        }
        case "event_create_time" -> createTime = scalar();
        case "event_end_time" -> endTime = scalar();
        case "Luna-Request-Id" -> requestId = scalar();
        default -> in.skipChildren();
      }
    }

    private void events() throws IOException, MalformedPayload {
      elements.clear();
      malformedEvents = 0;
      if (in.currentToken() != JsonToken.START_ARRAY) {
        throw new MalformedPayload(Reason.EVENTS_NOT_ARRAY);
      }
      while (in.nextToken() != JsonToken.END_ARRAY) {
        if (in.currentToken() != JsonToken.START_OBJECT) {
          in.skipChildren();
          malformedEvents++;
          continue;
        }
        int start = (int) in.currentTokenLocation().getByteOffset();
        EventReader reader = new EventReader(in).read();
        elements.add(new Element(start, offset(), reader));
      }
    }

    private byte[] scalar() throws IOException, MalformedPayload {
      if (!in.currentToken().isScalarValue()) {
        throw new MalformedPayload(Reason.BAD_FIELD);
      }
      int start = (int) in.currentTokenLocation().getByteOffset();
      // A string's end is known only when it has been read.
      in.finishToken();
      byte[] bytes = new byte[offset() - start];
      System.arraycopy(payload, start, bytes, 0, bytes.length);
      return bytes;
    }

    private int offset() {
      return (int) in.currentLocation().getByteOffset();
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
