package luna.sender.event;

import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * The id of a request, which appears in all logs of the platform.
 *
 * <p>Shape: {@code {unix seconds, 10 digits},{lower-case uuid}}.
 *
 * <p>Source: parameter {@code Luna-Request-Id} in {@code openapi.yaml}.
 */
public final class RequestId {
  public static final String HEADER = "Luna-Request-Id";

  private static final int SECONDS_DIGITS = 10;

  private RequestId() {}

  /**
   * Returns {@code given} if it is a valid id, and so is safe to log and to return; else returns a
   * new id.
   */
  public static String of(@Nullable String given) {
    return given != null && isValid(given) ? given : create();
  }

  /**
   * Returns the id in a quoted text, or null if it is not valid. A publisher may write anything
   * there.
   */
  public static @Nullable String ofQuoted(String given) {
    String inner =
        given.length() > 2 && given.charAt(0) == '"' ? given.substring(1, given.length() - 1) : "";
    return isValid(inner) ? inner : null;
  }

  private static boolean isValid(String text) {
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

  /**
   * Returns a new id. It need not be secret, so the random numbers do not come from the secure
   * generator, which has a lock.
   */
  public static String create() {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    long high = (random.nextLong() & ~0xF000L) | 0x4000L;
    long low = (random.nextLong() & ~(3L << 62)) | (2L << 62);
    // The seconds have ten digits until the year 2286.
    return Instant.now().getEpochSecond() + "," + new UUID(high, low);
  }
}
