package luna.sender.api;

import io.vertx.core.http.HttpConnection;

/** Follows the requests of a connection, so that slow ones can time out. */
public interface RequestObserver {
  /** The connection's request has been read, and its response is being made. */
  void answering(HttpConnection connection);

  /** The response has ended; the next request may come. */
  void requested(HttpConnection connection);
}
