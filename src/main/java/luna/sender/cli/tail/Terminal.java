package luna.sender.cli.tail;

import java.io.Console;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * Whether somebody looks at standard output, and in colours.
 *
 * <p>Source: https://no-color.org
 */
public final class Terminal {
  /** What a user can ask of the colours. */
  public enum Colours {
    AUTO,
    ALWAYS,
    NEVER
  }

  private Terminal() {}

  /** Whether standard output is a terminal. */
  public static boolean isOutput() {
    try {
      Path standardOutput = Files.readSymbolicLink(Path.of("/proc/self/fd/1"));
      return standardOutput.toString().matches("/dev/(pts/.*|tty.*|console)");
    } catch (IOException notLinux) {
      return isConsole();
    }
  }

  /** From JDK 22 on there is a console even where there is no terminal, and it can be asked. */
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

  /** Whether to colour, by what is asked and by the environment. */
  public static boolean colours(Colours asked, boolean terminal, Map<String, String> environment) {
    return switch (asked) {
      case ALWAYS -> true;
      case NEVER -> false;
      case AUTO ->
          terminal
              && environment.getOrDefault("NO_COLOR", "").isEmpty()
              && !"dumb".equals(environment.get("TERM"));
    };
  }
}
