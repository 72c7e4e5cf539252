package luna.sender.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.ArgSpec;

/** Tests help, version, errors and completion of the command line. */
final class CommandLineTest {
  private static final int WIDTH = 80;

  private record Run(int code, String out, String err) {}

  private static Run run(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code =
        Main.commands()
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .execute(arguments);
    return new Run(code, out.toString(), err.toString());
  }

  static List<CommandLine> commands() {
    CommandLine main = Main.commands();
    List<CommandLine> all = new ArrayList<>(List.of(main));
    all.addAll(main.getSubcommands().values());
    return all;
  }

  @ParameterizedTest
  @MethodSource("commands")
  void helpFitsATerminalAndHasAllParts(CommandLine command) {
    String help = command.getUsageMessage(Ansi.OFF);
    assertThat(help.lines()).allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(WIDTH));
    assertThat(help).contains("Exit codes:\n", "Examples:\n", "luna-sender ");
    assertThat(help).doesNotContain("%%", "%n");
  }

  @ParameterizedTest
  @MethodSource("commands")
  void eachOptionHasADescription(CommandLine command) {
    for (ArgSpec argument : command.getCommandSpec().args()) {
      assertThat(argument.description()).as(argument.toString()).isNotEmpty();
      assertThat(String.join("", argument.description())).as(argument.toString()).isNotBlank();
    }
  }

  @ParameterizedTest
  @MethodSource("commands")
  void eachCommandPrintsTheVersion(CommandLine command) {
    String[] arguments =
        command.getParent() == null
            ? new String[] {"--version"}
            : new String[] {command.getCommandName(), "--version"};
    assertThat(run(arguments).out.strip()).matches("luna-sender \\d+\\.\\d+\\.\\d+");
  }

  @ParameterizedTest
  @CsvSource({
    "tial, tail",
    "publsh, publish",
    "chekc-config, check-config",
    "comletion, completion"
  })
  void misspeltCommandGetsASuggestion(String typed, String meant) {
    Run run = run(typed);
    assertThat(run.code).isEqualTo(2);
    assertThat(run.err)
        .isEqualTo("luna-sender: " + typed + ": unknown command (did you mean " + meant + "?)\n");
  }

  @Test
  void misspeltOptionGetsASuggestion() {
    Run run = run("tail", "--accout=x");
    assertThat(run.code).isEqualTo(2);
    assertThat(run.err).contains("--accout", "--account");
    assertThat(run.out).isEmpty();
  }

  @Test
  void completionIsAScriptForTheRequestedName() {
    Run run = run("completion", "--name=ls2");
    assertThat(run.code).isZero();
    assertThat(run.out).startsWith("#!/usr/bin/env bash").contains("_complete_ls2", "gender=");
    assertThat(run("completion", "--name=a b").code).isEqualTo(2);
  }
}
