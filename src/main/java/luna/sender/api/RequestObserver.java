package luna.sender.api;

import io.vertx.core.http.HttpConnection;

/** Observes the requests of a connection, so that slow ones can time out. */
public interface RequestObserver {
  /** Called when the request head has been read and the response is being produced. */
  void answering(HttpConnection connection);

  /**
   * Called when a complete request head has arrived, and again when its response has ended: the
   * connection's idle time starts again.
   */
  void restartIdleTime(HttpConnection connection);
}
