package luna.sender.cli.client;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** Reads the {@code detail} of an error response of the service. */
public final class ErrorDetail {
  private ErrorDetail() {}

  /** Returns the detail, an empty text without one, or null if the body is no JSON object. */
  public static @Nullable String of(String body) {
    try {
      return new JsonObject(body).getString("detail", "");
    } catch (DecodeException | ClassCastException other) {
      return null;
    }
  }
}
