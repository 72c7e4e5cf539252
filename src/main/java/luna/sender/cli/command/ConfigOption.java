package luna.sender.cli.command;

import java.nio.file.Path;
import luna.sender.config.Config;
import luna.sender.config.ConfigLoader;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * The option {@code --config}, which all commands share.
 *
 * <p>Owner: one thread.
 */
public class ConfigOption {
  @Option(
      names = {"-c", "--config"},
      paramLabel = "FILE",
      description = "YAML file with keys that override the defaults (default: LUNA_SENDER_CONFIG).")
  private @Nullable Path file;

  @Spec private CommandSpec self = CommandSpec.create();

  /** Loads the configuration from defaults, file and environment; later ones win. */
  public Config config() {
    return ConfigLoader.load(file(), System.getenv());
  }

  /** Returns the file given after the command, before it, or in the environment; null for none. */
  public @Nullable Path file() {
    if (file != null) {
      return file;
    }
    if (self.parent() != null && self.parent().userObject() instanceof ConfigOption above) {
      return above.file();
    }
    String variable = System.getenv("LUNA_SENDER_CONFIG");
    return variable == null || variable.isEmpty() ? null : Path.of(variable);
  }
}
