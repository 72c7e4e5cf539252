package luna.sender.config;

import com.fasterxml.jackson.annotation.JsonValue;

/**
 * A password or a token. Only {@link #value} returns it; {@link #toString} and JSON show {@code
 * ********}.
 *
 * @param value the secret itself; empty if none is set
 */
public record Secret(String value) {
  static final String MASK = "********";

  public boolean isEmpty() {
    return value.isEmpty();
  }

  @JsonValue
  @Override
  public String toString() {
    return MASK;
  }
}
