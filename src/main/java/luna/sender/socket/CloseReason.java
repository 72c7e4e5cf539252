package luna.sender.socket;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Stream;
import luna.sender.config.WsSettings.SlowPolicy;
import luna.sender.metrics.Metrics;

/**
 * Why a WebSocket ended: its close code, the text beside it, and what the client should do.
 *
 * <p>Shape: codes below 1000 are never sent; they stand for ends without a close frame of ours. The
 * lower-case name is the value of the metric's label.
 *
 * <p>Source: RFC 6455 section 7.4.
 */
public enum CloseReason {
  /** This node stops: reconnect, to another one. */
  SHUTDOWN(1001, "going away"),
  /** The client sent what is not WebSocket: the client has a bug. */
  PROTOCOL(1002, "protocol error"),
  /**
   * A text of the client is not UTF-8, or a deflated message is not deflated: the client has a bug.
   */
  INVALID(1007, "invalid payload"),
  /** The client sends more frames than any has a reason to: the client has a bug. */
  POLICY(1008, "too many frames"),
  /** A message of the client is over the limit: send less; messages are ignored anyway. */
  TOO_BIG(1009, "message too big"),
  /** A fault of this service: reconnect. */
  INTERNAL(1011, "internal error"),
  /** The client reads slower than its events come: reconnect, with a narrower filter. */
  SLOW(4008, "too slow"),
  /** The client's token is no longer good: reconnect, with a new one. */
  EXPIRED(4401, "token expired"),
  /** The client closed. */
  CLIENT(0, ""),
  /** The connection broke. */
  LOST(1, ""),
  /** The client answered no ping; there is nobody to tell. */
  SILENT(2, "");

  private final int code;
  private final String text;

  CloseReason(int code, String text) {
    this.code = code;
    this.text = text;
  }

  public short code() {
    return (short) code;
  }

  public String text() {
    return text;
  }

  /** The reason that goes with a close code of RFC 6455 for a client's misbehaviour. */
  static CloseReason ofViolation(int code) {
    return code == TOO_BIG.code ? TOO_BIG : code == INVALID.code ? INVALID : PROTOCOL;
  }

  /** Whether it is what happens every day, and nothing that an operator looks for. */
  boolean isOrdinary() {
    return this == CLIENT || this == LOST || this == SHUTDOWN || this == EXPIRED;
  }

  /** Tells the metrics which ends there may be, and for what frames may be dropped. */
  static void expectAll(Metrics metrics) {
    metrics.expectCloses(
        Arrays.stream(values()).map(CloseReason::label).toList(),
        Stream.of(SlowPolicy.DROP_OLDEST, SlowPolicy.LATEST).map(SlowPolicy::toString).toList());
  }

  String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
