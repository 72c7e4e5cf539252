package luna.sender;

import java.nio.file.Path;
import luna.sender.config.Config;
import luna.sender.config.ConfigLoader;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * The option that every command has: where the configuration is.
 *
 * <p>Owner: one thread.
 */
class ConfigOption {
  @Option(
      names = {"-c", "--config"},
      paramLabel = "FILE",
      defaultValue = "${env:LUNA_SENDER_CONFIG}",
      description = "YAML file with the keys that differ from the defaults.")
  private @Nullable Path file;

  /** Defaults, file, environment: the later wins. */
  Config config() {
    return ConfigLoader.load(file, System.getenv());
  }

  @Nullable Path file() {
    return file;
  }
}
