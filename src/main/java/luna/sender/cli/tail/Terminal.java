package luna.sender.cli.tail;

import java.io.Console;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * Detects whether standard output is a terminal, and whether to use colors.
 *
 * <p>Source: https://no-color.org
 */
public final class Terminal {
  /** The values of option {@code --color}. */
  public enum Colours {
    AUTO,
    ALWAYS,
    NEVER
  }

  private Terminal() {}

  /** Returns whether standard output is a terminal. */
  public static boolean isOutput() {
    try {
      Path standardOutput = Files.readSymbolicLink(Path.of("/proc/self/fd/1"));
      return standardOutput.toString().matches("/dev/(pts/.*|tty.*|console)");
    } catch (IOException notLinux) {
      return isConsole();
    }
  }

  /**
   * Returns whether the console is a terminal. From JDK 22 on, there is a console even without a
   * terminal, with a method {@code isTerminal}.
   */
  private static boolean isConsole() {
    Console console = System.console();
    if (console == null) {
      return false;
    }
    try {
      return Boolean.TRUE.equals(Console.class.getMethod("isTerminal").invoke(console));
    } catch (ReflectiveOperationException olderJdk) {
      return true;
    }
  }

  /** Returns whether to use colors, by option and environment. */
  public static boolean colours(Colours option, boolean terminal, Map<String, String> environment) {
    return switch (option) {
      case ALWAYS -> true;
      case NEVER -> false;
      case AUTO ->
          terminal
              && environment.getOrDefault("NO_COLOR", "").isEmpty()
              && !"dumb".equals(environment.get("TERM"));
    };
  }
}
