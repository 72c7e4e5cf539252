package luna.sender.socket;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import luna.sender.config.WsSettings.SlowPolicy;
import luna.sender.metrics.Metrics;

/**
 * Why a WebSocket was closed: its close code, the reason text, and what the client should do. It
 * decides nothing.
 *
 * <p>Shape: codes below 1000 are never sent; they mean that the connection ended without a close
 * frame from this service. The lower-case name is the value of the metric's label.
 *
 * <p>See: {@link Session} decides all closes, except those of a shutdown ({@link GracefulClose}),
 * of slow clients and of violations. {@link SlowPolicy} lists the decisions about slow clients;
 * {@link FrameReader} and {@link InboundLimits} detect violations.
 *
 * <p>Source: RFC 6455 section 7.4.
 */
public enum CloseReason {
  /** This node is shutting down: reconnect to another node. */
  SHUTDOWN(1001, "going away"),
  /** The client violated the WebSocket protocol. Client bug: fix it before reconnecting. */
  PROTOCOL(1002, "protocol error"),
  /**
   * The client sent text that is not UTF-8, or a compressed message that does not inflate. Client
   * bug: fix it before reconnecting.
   */
  INVALID(1007, "invalid payload"),
  /** The client sent too many frames. Client bug: fix it before reconnecting. */
  POLICY(1008, "too many frames"),
  /**
   * The client sent a message over the size limit. Send smaller messages, or none: messages are
   * ignored.
   */
  TOO_BIG(1009, "message too big"),
  /** Internal error of this service: reconnect. */
  INTERNAL(1011, "internal error"),
  /**
   * The client reads slower than its events arrive ({@link SlowPolicy}): reconnect with a narrower
   * filter.
   */
  SLOW(4008, "too slow"),
  /** The client's token has expired: reconnect with a new one. */
  EXPIRED(4401, "token expired"),
  /** An operator has closed the connection: don't reconnect, ask the operator. */
  OPERATOR(4403, "closed by an operator"),
  /** The client closed the WebSocket. */
  CLIENT(0, ""),
  /** The connection was lost. */
  LOST(1, ""),
  /**
   * The client did not answer a ping, or did not read its queued events in time ({@link
   * Session#checkProgress}). No close frame is sent, because the client would not read it.
   */
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

  /** Returns the reason for a close code of RFC 6455 that reports a client's violation. */
  static CloseReason ofViolation(int code) {
    return code == TOO_BIG.code ? TOO_BIG : code == INVALID.code ? INVALID : PROTOCOL;
  }

  /** Returns whether this is routine, so an operator does not need to see it. */
  boolean isOrdinary() {
    return this == CLIENT || this == LOST || this == SHUTDOWN || this == EXPIRED;
  }

  /** Registers all close reasons and all reasons for dropped frames with the metrics. */
  static void expectAll(Metrics metrics) {
    List<String> reasons = Arrays.stream(values()).map(CloseReason::label).toList();
    metrics.clients().expectCloses(reasons);
    metrics.events().expectDropped(reasons);
    metrics
        .events()
        .expectDropped(
            Stream.of(SlowPolicy.DROP_OLDEST, SlowPolicy.LATEST)
                .map(SlowPolicy::toString)
                .toList());
  }

  String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
