package luna.sender.config;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.UpperSnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.time.Duration;
import java.util.List;

/**
 * Access to the operators' API.
 *
 * @param tokensFile the operators and their tokens, see {@link OperatorFile}; empty = no operators'
 *     API
 * @param reloadInterval time between two checks for a changed file; zero = never
 */
@JsonNaming(UpperSnakeCaseStrategy.class)
public record AdminSettings(String tokensFile, Duration reloadInterval) {
  static final String TOKENS_FILE = "LUNA_SENDER_ADMIN.TOKENS_FILE";

  public AdminSettings {
    Bounds.delay("RELOAD_INTERVAL", reloadInterval);
    if (!tokensFile.isEmpty() && OperatorFile.read("TOKENS_FILE", tokensFile).isEmpty()) {
      throw Bounds.bad("TOKENS_FILE", tokensFile, "at least one operator");
    }
  }

  /** Returns whether there is an operators' API. */
  public boolean enabled() {
    return !tokensFile.isEmpty();
  }

  /**
   * Reads the file; blocks. After the start, a file without operators rejects everyone.
   *
   * @throws IllegalArgumentException if it is invalid
   */
  public List<Operator> operators() {
    return OperatorFile.read(TOKENS_FILE, tokensFile);
  }

  /** Returns the same settings without an operators' API. */
  public AdminSettings off() {
    return new AdminSettings("", reloadInterval);
  }
}
