package luna.sender.cli;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import luna.sender.cli.command.ConfigOption;
import luna.sender.config.Config;
import luna.sender.config.ConfigException;
import luna.sender.config.ConfigLoader;
import picocli.CommandLine.Option;

/**
 * The option {@code --overlay}, together with {@code --config}.
 *
 * <p>Owner: one thread.
 */
class OverlayOption extends ConfigOption {
  private static final String VARIABLE = "LUNA_SENDER_HTTP_SETTINGS__CONTRACT_OVERLAYS";

  @Option(
      names = "--overlay",
      paramLabel = "FILE",
      description =
          "OpenAPI Overlay file that adds filters or removes them; can be repeated. Replaces"
              + " CONTRACT_OVERLAYS.")
  private List<String> overlays = new ArrayList<>();

  @Override
  public Config config() {
    if (overlays.isEmpty()) {
      return super.config();
    }
    for (String overlay : overlays) {
      if (overlay.isBlank() || overlay.contains(",")) {
        throw new ConfigException(
            "--overlay: '" + overlay + "' (expected: a file, without commas in its name)");
      }
    }
    Map<String, String> environment = new HashMap<>(System.getenv());
    environment.put(VARIABLE, String.join(",", overlays));
    return ConfigLoader.load(file(), environment);
  }
}
