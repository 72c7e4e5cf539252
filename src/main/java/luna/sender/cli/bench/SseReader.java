package luna.sender.cli.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;

/**
 * Splits a stream of Server-Sent Events into messages: the data of the events without a name. Other
 * events are notices, except {@code close}, which has the close code. Ids are positions.
 *
 * <p>Shape: lines may end in a line feed, or in a carriage return and a line feed.
 *
 * <p>Owner: confined to its event loop.
 *
 * <p>Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
final class SseReader {
  private static final byte[] DATA = "data:".getBytes(US_ASCII);
  private static final byte[] EVENT = "event:".getBytes(US_ASCII);
  private static final byte[] ID = "id:".getBytes(US_ASCII);
  private static final String CLOSE = "close";

  /** The current event, as far as it has arrived. */
  private byte[] bytes = new byte[1 << 12];

  private int end;
  private int lineStart;

  /** Where the data of the current event begins; negative before it. */
  private int dataFrom = -1;

  private int dataTo;
  private String name = "";

  /** The id of the current event; negative if it has none. */
  private int idFrom = -1;

  private int idTo;
  private int closeCode = ClientConnection.ABNORMAL;

  /** Returns the code of the event {@code close}, or that of a broken connection. */
  int closeCode() {
    return closeCode;
  }

  void read(Buffer part, ClientConnection.Listener listener) {
    int scanned = end;
    if (end + part.length() > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(end + part.length(), 2 * bytes.length));
    }
    part.getBytes(bytes, end);
    end += part.length();
    int eventStart = 0;
    for (int i = scanned; i < end; i++) {
      if (bytes[i] != '\n') {
        continue;
      }
      int to = i > lineStart && bytes[i - 1] == '\r' ? i - 1 : i;
      if (to == lineStart) {
        dispatch(listener);
        eventStart = i + 1;
      } else {
        line(lineStart, to);
      }
      lineStart = i + 1;
    }
    discard(eventStart);
  }

  private void line(int from, int to) {
    if (startsWith(DATA, from, to)) {
      int value = value(from + DATA.length, to);
      if (dataFrom < 0) {
        dataFrom = value;
        dataTo = to;
      } else {
        // Moves the line behind the one before, which is shorter than both with their field names.
        bytes[dataTo] = '\n';
        System.arraycopy(bytes, value, bytes, dataTo + 1, to - value);
        dataTo += 1 + to - value;
      }
    } else if (startsWith(EVENT, from, to)) {
      int value = value(from + EVENT.length, to);
      name = new String(bytes, value, to - value, UTF_8);
    } else if (startsWith(ID, from, to)) {
      idFrom = value(from + ID.length, to);
      idTo = to;
    }
  }

  private boolean startsWith(byte[] field, int from, int to) {
    return to - from >= field.length
        && Arrays.equals(bytes, from, from + field.length, field, 0, field.length);
  }

  private int value(int from, int to) {
    return from < to && bytes[from] == ' ' ? from + 1 : from;
  }

  private void dispatch(ClientConnection.Listener listener) {
    if (dataFrom >= 0 && name.isEmpty()) {
      listener.onMessage(bytes, dataFrom, dataTo - dataFrom);
    } else if (dataFrom >= 0 && name.equals(CLOSE)) {
      closeCode =
          new JsonObject(new String(bytes, dataFrom, dataTo - dataFrom, UTF_8))
              .getInteger("code", closeCode);
    } else if (dataFrom >= 0) {
      listener.onNotice(bytes, dataFrom, dataTo - dataFrom);
    }
    if (idFrom >= 0) {
      listener.onPosition(bytes, idFrom, idTo - idFrom);
    }
    dataFrom = -1;
    idFrom = -1;
    name = "";
  }

  /** Discards the bytes of complete events. */
  private void discard(int count) {
    if (count == 0) {
      return;
    }
    System.arraycopy(bytes, count, bytes, 0, end - count);
    end -= count;
    lineStart -= count;
    if (dataFrom >= 0) {
      dataFrom -= count;
      dataTo -= count;
    }
    if (idFrom >= 0) {
      idFrom -= count;
      idTo -= count;
    }
  }
}
