package luna.sender.cli.command;

import java.util.Locale;
import java.util.Map;
import luna.sender.config.Config;
import luna.sender.config.ConfigException;
import luna.sender.config.ConfigLoader;
import luna.sender.event.Uuid;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/**
 * The options {@code --account} and {@code --redis}, together with {@code --config}.
 *
 * <p>Errors: {@link ParameterException} with the option or the key of the configuration.
 *
 * <p>Owner: one thread.
 */
public class AccountOptions extends ConfigOption {
  @Spec private CommandSpec spec = CommandSpec.create();

  private final Map<String, String> environment;

  @Option(
      names = {"-a", "--account"},
      scope = ScopeType.INHERIT,
      paramLabel = "UUID",
      defaultValue = "${env:LUNA_SENDER_ACCOUNT:-}",
      description = "Account of the events.")
  private String account = "";

  @Option(
      names = {"-r", "--redis"},
      scope = ScopeType.INHERIT,
      paramLabel = "URL",
      description =
          "redis[s]://[user:password@]host:port[/number], instead of the Redis of the"
              + " configuration. Other users can see a password in the process list.")
  private @Nullable String redis;

  /**
   * @param environment variables of the process
   */
  protected AccountOptions(Map<String, String> environment) {
    this.environment = environment;
  }

  /** Returns the account in lower case. */
  protected final String account() {
    try {
      return parse(account);
    } catch (IllegalArgumentException invalid) {
      throw new ParameterException(spec.commandLine(), invalid.getMessage());
    }
  }

  /**
   * Returns the value of {@code --account} in lower case.
   *
   * @throws IllegalArgumentException if it is not a UUID
   */
  public static String parse(String account) {
    String id = account.toLowerCase(Locale.ROOT);
    if (!Uuid.is(id)) {
      throw new IllegalArgumentException(
          "--account: " + (id.isEmpty() ? "nothing" : id) + " (expected: a UUID)");
    }
    return id;
  }

  /** Returns whether {@code --redis} replaces the Redis of the configuration. */
  protected final boolean hasUrl() {
    return redis != null;
  }

  /** Loads the configuration, with the Redis of {@code --redis}. */
  protected final Config loaded() {
    Map<String, String> variables = environment;
    if (redis != null) {
      try {
        variables = RedisUrl.applyTo(environment, redis);
      } catch (IllegalArgumentException failure) {
        throw new ParameterException(spec.commandLine(), "--redis: " + failure.getMessage());
      }
    }
    try {
      return ConfigLoader.load(file(), variables);
    } catch (ConfigException failure) {
      throw new ParameterException(spec.commandLine(), failure.getMessage());
    }
  }
}
