package luna.sender.bridge;

import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import org.jspecify.annotations.Nullable;

/**
 * The kind of a push message of Pub/Sub, its first element, such as {@code message} or {@code
 * subscribe}. The second element is the channel. A {@code pmessage} has the pattern before it.
 */
public final class PushKind {
  private static final String PATTERN_MESSAGE = "pmessage";

  private PushKind() {}

  /** Returns the kind, or an empty text if the response is no push message of Pub/Sub. */
  public static String of(@Nullable Response response) {
    if (response == null || response.type() != ResponseType.PUSH || response.size() < 3) {
      return "";
    }
    String kind = response.get(0).toString();
    return response.size() == (kind.equals(PATTERN_MESSAGE) ? 4 : 3) ? kind : "";
  }

  /** Returns whether the response is a published message; its last element is the payload. */
  public static boolean isMessage(@Nullable Response response) {
    String kind = of(response);
    return kind.equals("message") || kind.equals("smessage") || kind.equals(PATTERN_MESSAGE);
  }

  /** Returns the channel of a published message. */
  public static String channel(Response message) {
    return message.get(message.size() - 2).toString();
  }

  /** Returns the payload of a published message. */
  public static byte[] payload(Response message) {
    return message.get(message.size() - 1).toBytes();
  }
}
