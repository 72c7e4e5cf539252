package luna.sender.event;

import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The name of a request, by which it is found in all logs of the platform.
 *
 * <p>Shape: {@code {unix seconds, 10 digits},{lower-case uuid}}.
 *
 * <p>Owner: immutable.
 *
 * <p>Source: parameter {@code Luna-Request-Id} in {@code openapi.yaml}.
 */
public final class RequestId {
  public static final String HEADER = "Luna-Request-Id";

  private static final Pattern FORM =
      Pattern.compile("[0-9]{10},[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}");

  private RequestId() {}

  /** What was given if it has the form, and so is safe to log and to send back; else a new one. */
  public static String of(@Nullable String given) {
    return given != null && FORM.matcher(given).matches() ? given : make();
  }

  /** What was given in quotes if it has the form, or null: a publisher may write anything there. */
  public static @Nullable String ofQuoted(String given) {
    String inner =
        given.length() > 2 && given.charAt(0) == '"' ? given.substring(1, given.length() - 1) : "";
    return FORM.matcher(inner).matches() ? inner : null;
  }

  /** A new one. It need not be secret, so it does not wait for the secure generator's lock. */
  public static String make() {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    long high = (random.nextLong() & ~0xF000L) | 0x4000L;
    long low = (random.nextLong() & ~(3L << 62)) | (2L << 62);
    // Ten digits until the year 2286.
    return Instant.now().getEpochSecond() + "," + new UUID(high, low);
  }
}
