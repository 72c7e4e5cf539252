package luna.sender.bridge;

import io.vertx.redis.client.Response;
import luna.sender.event.Gap;
import luna.sender.event.Moment;

/** Receives the events of a {@link RedisLink}, on its event loop. */
interface LinkListener {
  void connected();

  void lost(Gap.Cause cause);

  /**
   * Reports that the connection is lost, cannot be opened, or cannot be used.
   *
   * @param why the text of Redis, the network or the client
   */
  void refused(RefusalReason reason, String why);

  /** Handles a push message, or an error that is no reply to a command with a future. */
  void received(Response response);

  /** Reports that everything that Redis sent before it received this probe has arrived. */
  default void answered(Moment sent) {}

  /**
   * Reports that Redis answered PING on a connection for commands.
   *
   * @param refusal the error, or an empty text
   */
  default void probed(String refusal) {}

  /**
   * Reports that a replaced master, which sent events beside the new one, sends no more.
   *
   * @param covered the time up to which all its events have arrived
   */
  default void formerLost(Gap.Cause cause, Moment covered) {}
}
