package luna.sender.config;

/**
 * Signals an invalid configuration.
 *
 * <p>Shape: the message is for the user, with one problem per line, each {@code key path: value
 * (expected: ...)}. It never contains a secret.
 */
public final class ConfigException extends RuntimeException {
  public ConfigException(String message) {
    super(message);
  }
}
