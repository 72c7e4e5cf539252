package luna.sender.event;

import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
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

  private static final int SECONDS_DIGITS = 10;

  private RequestId() {}

  /** What was given if it has the form, and so is safe to log and to send back; else a new one. */
  public static String of(@Nullable String given) {
    return given != null && isOne(given) ? given : make();
  }

  /** What was given in quotes if it has the form, or null: a publisher may write anything there. */
  public static @Nullable String ofQuoted(String given) {
    String inner =
        given.length() > 2 && given.charAt(0) == '"' ? given.substring(1, given.length() - 1) : "";
    return isOne(inner) ? inner : null;
  }

  private static boolean isOne(String text) {
    if (text.length() != SECONDS_DIGITS + 1 + Uuid.LENGTH || text.charAt(SECONDS_DIGITS) != ',') {
      return false;
    }
    for (int i = 0; i < SECONDS_DIGITS; i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        return false;
      }
    }
    return Uuid.endsInLowerCase(text, SECONDS_DIGITS + 1);
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
