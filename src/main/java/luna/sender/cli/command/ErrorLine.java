package luna.sender.cli.command;

import java.io.PrintWriter;
import picocli.CommandLine.Model.CommandSpec;

/** Prints errors and warnings of a command, each as one line on standard error. */
public final class ErrorLine {
  private ErrorLine() {}

  public static void print(CommandSpec command, String text) {
    PrintWriter err = command.commandLine().getErr();
    err.println("luna-sender: " + text);
    err.flush();
  }
}
