package luna.sender.cli.command;

import java.nio.file.Path;
import luna.sender.config.Config;
import luna.sender.config.ConfigLoader;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * The option that every command has: where the configuration is.
 *
 * <p>Owner: one thread.
 */
public class ConfigOption {
  @Option(
      names = {"-c", "--config"},
      paramLabel = "FILE",
      description =
          "YAML file with the keys that differ from the defaults (default: LUNA_SENDER_CONFIG).")
  private @Nullable Path file;

  @Spec private CommandSpec self = CommandSpec.create();

  /** Defaults, file, environment: the later wins. */
  public Config config() {
    return ConfigLoader.load(file(), System.getenv());
  }

  /** What was given behind the command, or before it, or by the environment. */
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
