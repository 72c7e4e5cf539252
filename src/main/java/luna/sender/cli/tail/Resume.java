package luna.sender.cli.tail;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import luna.sender.cli.command.DurationConverter;
import org.jspecify.annotations.Nullable;

/**
 * Where to start in the history of the account: first where the user says, and after a lost
 * connection behind the last received message.
 *
 * <p>How: it asks the service for positions. A service without history rejects that; then {@link
 * #withoutHistory} goes on without, and what is published between two connections is lost.
 *
 * <p>Owner: confined to one event loop.
 *
 * <p>Source: parameters {@code after}, {@code last}, {@code since} and {@code positions} in {@code
 * openapi.yaml}.
 */
final class Resume {
  private static final byte[] HEARTBEAT = "{\"position\":\"".getBytes(US_ASCII);
  private static final byte[] IN_EVENT = ",\"position\":\"".getBytes(US_ASCII);
  private static final byte[] END = "\"}".getBytes(US_ASCII);
  private static final int LONGEST = 200;

  private final Start start;
  private final @Nullable Instant since;

  /** Whether the service has positions, as far as known. */
  private boolean history = true;

  private @Nullable String position;

  /**
   * The start that the user selects; at most one is set.
   *
   * @param last the number of events; 0 = not set
   * @param since a time, or a duration before now; null = not set
   * @param after a position or an event id; null = not set
   * @param positions whether the printed JSON contains the positions
   */
  record Start(int last, @Nullable String since, @Nullable String after, boolean positions) {
    static final Start LIVE = new Start(0, null, null, false);

    Start {
      if ((last == 0 ? 0 : 1) + (since == null ? 0 : 1) + (after == null ? 0 : 1) > 1) {
        throw new IllegalArgumentException(
            "--last, --since, --after: more than one (expected: at most one of them)");
      }
      if (last < 0 || last > 1000) {
        throw new IllegalArgumentException("--last: " + last + " (expected: 1 to 1000)");
      }
      if (since != null) {
        time(since, Instant.now());
      }
    }

    /** Returns whether the user needs the history. */
    boolean isHistoric() {
      return last > 0 || since != null || after != null || positions;
    }

    static Instant time(String since, Instant now) {
      try {
        return Instant.parse(since);
      } catch (DateTimeParseException noTime) {
        try {
          return now.minus(DurationConverter.parse(since));
        } catch (IllegalArgumentException noDuration) {
          throw new IllegalArgumentException(
              "--since: " + since + " (expected: 10m, 1h or a time such as 2026-01-31T08:00:00Z)");
        }
      }
    }
  }

  /**
   * @param now the time from which a duration in {@code start} counts back
   */
  Resume(Start start, Instant now) {
    this.start = start;
    this.since = start.since == null ? null : Start.time(start.since, now);
  }

  /** Returns the parts of the next handshake's query. */
  List<String> query() {
    List<String> parts = new ArrayList<>();
    if (!history) {
      return parts;
    }
    String after = position == null ? start.after : position;
    if (after != null) {
      parts.add("after=" + FilterOptions.encoded(after));
    } else if (start.last > 0) {
      parts.add("last=" + start.last);
    } else if (since != null) {
      parts.add("since=" + FilterOptions.encoded(since.toString()));
    }
    parts.add("positions=1");
    return parts;
  }

  /**
   * Handles a 400 of the handshake. Returns true if the next attempt goes on without history,
   * because the service has none and the user does not need it.
   */
  boolean withoutHistory(String detail) {
    boolean missing = history && !start.isHistoric() && detail.contains("LUNA_SENDER_HISTORY.MODE");
    if (missing) {
      history = false;
    }
    return missing;
  }

  /** Returns whether messages about the history belong to the output. */
  boolean isShown() {
    return start.positions;
  }

  /** Returns whether the user has selected a start in the history. */
  boolean isWanted() {
    return start.isHistoric();
  }

  /** Returns the last position, or null if there is none. */
  @Nullable String position() {
    return position;
  }

  /**
   * Records the position of a message.
   *
   * @return the message to print: without its position, unless the user asked for it; null for a
   *     message that has nothing else
   */
  byte @Nullable [] received(byte[] message) {
    if (startsWith(message, HEARTBEAT)) {
      position = text(message, HEARTBEAT.length, message.length - END.length);
      return start.positions ? message : null;
    }
    int at = positionInEvent(message);
    if (at < 0) {
      return message;
    }
    position = text(message, at + IN_EVENT.length, message.length - END.length);
    if (start.positions) {
      return message;
    }
    byte[] plain = Arrays.copyOf(message, at + 1);
    plain[at] = '}';
    return plain;
  }

  /** Returns where the position of an event begins: the last key of the message. -1 without. */
  private int positionInEvent(byte[] message) {
    if (!history || !startsWith(message, "{\"event\":".getBytes(US_ASCII)) || !endsWith(message)) {
      return -1;
    }
    int lowest = Math.max(0, message.length - LONGEST);
    for (int i = message.length - END.length - 1; i > lowest; i--) {
      if (message[i] == '"') {
        int at = i + 1 - IN_EVENT.length;
        return at > 0 && Arrays.equals(message, at, i + 1, IN_EVENT, 0, IN_EVENT.length) ? at : -1;
      }
    }
    return -1;
  }

  private static boolean endsWith(byte[] message) {
    int from = message.length - END.length;
    return from > 0 && Arrays.equals(message, from, message.length, END, 0, END.length);
  }

  private static boolean startsWith(byte[] message, byte[] start) {
    return message.length > start.length
        && Arrays.equals(message, 0, start.length, start, 0, start.length);
  }

  private static String text(byte[] message, int from, int to) {
    return new String(message, from, Math.max(0, to - from), US_ASCII);
  }
}
