package luna.sender.bridge;

import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import org.jspecify.annotations.Nullable;

/**
 * The kind of a push message of Pub/Sub, its first element, such as {@code message} or {@code
 * subscribe}. The second element is the channel.
 */
final class PushKind {
  private PushKind() {}

  /** Returns the kind, or an empty text if the response is no push message of three elements. */
  static String of(@Nullable Response response) {
    return response != null && response.type() == ResponseType.PUSH && response.size() == 3
        ? response.get(0).toString()
        : "";
  }

  /** Returns whether the response is a published message; its third element is the payload. */
  static boolean isMessage(@Nullable Response response) {
    String kind = of(response);
    return kind.equals("message") || kind.equals("smessage");
  }
}
