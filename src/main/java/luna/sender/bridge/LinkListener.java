package luna.sender.bridge;

import io.vertx.redis.client.Response;
import luna.sender.event.DualTimestamp;
import luna.sender.event.Gap;

/** Receives the events of a {@link RedisLink}, on its event loop. */
public interface LinkListener {
  void connected();

  void lost(Gap.Cause cause);

  /**
   * Reports that the connection is lost, cannot be opened, or cannot be used.
   *
   * @param why the text of Redis, the network or the client
   */
  void rejected(RedisFailureReason reason, String why);

  /** Handles a push message, or an error reply to SUBSCRIBE or UNSUBSCRIBE. */
  void received(Response response);

  /**
   * Reports that Redis has answered the probe that was sent at this time: all messages published
   * before it have arrived.
   */
  default void answered(DualTimestamp sent) {}

  /**
   * Reports that Redis answered PING on a connection for commands.
   *
   * @param rejection the error, or an empty text
   */
  default void probed(String rejection) {}

  /**
   * Reports a gap in the events of a former master, because its connection has ended, because this
   * link found that master late, or because that master confirmed a subscription late.
   *
   * @param watermark all its events that were published before this time have arrived
   */
  default void formerLost(Gap.Cause cause, DualTimestamp watermark) {}
}
