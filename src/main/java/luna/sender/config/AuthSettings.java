package luna.sender.config;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.UpperSnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.util.Locale;

/**
 * Who may see the events of an account.
 *
 * <p>Owner: immutable.
 */
@JsonNaming(UpperSnakeCaseStrategy.class)
public record AuthSettings(Mode mode) {

  /** How a client proves that the account is its own. */
  public enum Mode {
    /** Not at all: the header {@code Luna-Account-Id} is trusted. */
    NONE;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
