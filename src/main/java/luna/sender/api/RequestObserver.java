package luna.sender.api;

import io.vertx.core.http.HttpServerRequest;

/** Observes requests, so that slow ones can time out. */
public interface RequestObserver {
  /** Called when the request head has been read and the response is being produced. */
  void answering(HttpServerRequest request);

  /** Called when the response has ended, or a stream of events has begun. */
  void answered(HttpServerRequest request);
}
