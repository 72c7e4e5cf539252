package luna.sender.cli;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Prints a shell script that completes this program's commands, options and filters.
 *
 * <p>Shape: one script for bash and for zsh.
 */
@Command(
    name = "completion",
    header = "Prints a completion script for bash or zsh.",
    mixinStandardHelpOptions = true,
    customSynopsis = "luna-sender completion [OPTIONS]",
    optionListHeading = "%nOptions:%n",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:The script was printed.", "2:Invalid command line."},
    footerHeading = "%nExamples:%n",
    footer = {
      "  In this shell, or in ~/.bashrc or ~/.zshrc for all shells:",
      "    source <(luna-sender completion)",
      "  For all users of this machine:",
      "    luna-sender completion > /etc/bash_completion.d/luna-sender"
    })
final class CompletionCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--name",
      paramLabel = "NAME",
      defaultValue = "luna-sender",
      description = "Name of the program in the shell (default: ${DEFAULT-VALUE}).")
  private String name = "";

  @Override
  public Integer call() {
    if (!name.matches("[A-Za-z0-9_.-]+")) {
      throw new ParameterException(
          spec.commandLine(), "--name: " + name + " (expected: letters, digits, _, . and -)");
    }
    spec.commandLine().getOut().print(script(name));
    spec.commandLine().getOut().flush();
    return 0;
  }

  static String script(String name) {
    return AutoComplete.bash(name, Main.commands());
  }
}
