package luna.sender.influx;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import java.time.Duration;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The response of InfluxDB to a batch of points.
 *
 * @param text the status and the start of the body, for the log
 * @param retryAfter the delay that the server requests, at most a minute
 */
record InfluxResponse(Outcome outcome, String text, Duration retryAfter) {
  private static final int TEXT_BYTES = 300;
  private static final int RETRY_AFTER_MAX = 60;
  private static final Pattern SECONDS = Pattern.compile("[0-9]{1,5}");

  /** What the response means for the batch. */
  enum Outcome {
    WRITTEN,
    /** The batch itself is invalid; a retry cannot succeed. */
    REFUSED,
    /** A server error, which the batch may have caused. */
    FAULT,
    /** A temporary error, or one that an operator can fix in the configuration; retry. */
    LATER
  }

  /** Reads a response to its end, and keeps the start of its body. */
  static Future<InfluxResponse> read(HttpClientResponse response) {
    Buffer start = Buffer.buffer();
    response.handler(
        part -> {
          int room = TEXT_BYTES - start.length();
          start.appendBuffer(part.slice(0, Math.min(room, part.length())));
        });
    return response.end().map(ended -> of(response, start));
  }

  private static InfluxResponse of(HttpClientResponse response, Buffer start) {
    return new InfluxResponse(
        outcome(response.statusCode()),
        ("status " + response.statusCode() + " " + start).strip(),
        retryAfter(response.getHeader("Retry-After")));
  }

  private static Outcome outcome(int status) {
    return switch (status) {
      case 200, 201, 202, 204 -> Outcome.WRITTEN;
      // An operator can correct permissions and the bucket while the points wait.
      case 401, 403, 404, 408, 429, 502, 503, 504 -> Outcome.LATER;
      default -> status >= 400 && status < 500 ? Outcome.REFUSED : Outcome.FAULT;
    };
  }

  private static Duration retryAfter(@Nullable String seconds) {
    return seconds != null && SECONDS.matcher(seconds).matches()
        ? Duration.ofSeconds(Math.min(RETRY_AFTER_MAX, Integer.parseInt(seconds)))
        : Duration.ZERO;
  }
}
