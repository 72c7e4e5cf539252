package luna.sender.config;

/**
 * The configuration cannot be used.
 *
 * <p>Shape: the message is ready for the user, one problem per line, each {@code key path: value
 * (expected: ...)}; it never holds a secret.
 */
public final class ConfigException extends RuntimeException {
  public ConfigException(String message) {
    super(message);
  }
}
