package luna.sender.influx;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import java.time.Duration;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What InfluxDB says of a batch of points.
 *
 * <p>Owner: immutable.
 *
 * @param text for the log
 * @param retryAfter what it asks for, up to a minute
 */
record InfluxResponse(Verdict verdict, String text, Duration retryAfter) {
  private static final int TEXT_BYTES = 300;
  private static final int RETRY_AFTER_MAX = 60;
  private static final Pattern SECONDS = Pattern.compile("[0-9]{1,5}");

  /** What to do now. */
  enum Verdict {
    WRITTEN,
    /** The batch itself is at fault, and always will be. */
    REFUSED,
    /** A fault of the server, perhaps for what is in the batch. */
    FAULT,
    /** For a time, or until somebody mends the configuration. */
    LATER
  }

  /** Reads it to its end, and keeps the beginning. */
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
        verdict(response.statusCode()),
        ("status " + response.statusCode() + " " + start).strip(),
        retryAfter(response.getHeader("Retry-After")));
  }

  private static Verdict verdict(int status) {
    return switch (status) {
      case 200, 201, 202, 204 -> Verdict.WRITTEN;
      // Who may write, and what there is to write to, can be put right while we wait.
      case 401, 403, 404, 408, 429, 502, 503, 504 -> Verdict.LATER;
      default -> status >= 400 && status < 500 ? Verdict.REFUSED : Verdict.FAULT;
    };
  }

  private static Duration retryAfter(@Nullable String seconds) {
    return seconds != null && SECONDS.matcher(seconds).matches()
        ? Duration.ofSeconds(Math.min(RETRY_AFTER_MAX, Integer.parseInt(seconds)))
        : Duration.ZERO;
  }
}
