package luna.sender.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes the output of {@code completion} to a file. The build runs this for the distribution. */
final class CompletionFile {
  private CompletionFile() {}

  public static void main(String[] args) throws IOException {
    Path file = Path.of(args[0]).toAbsolutePath();
    Files.createDirectories(file.getParent());
    Files.writeString(file, CompletionCommand.script("luna-sender"));
  }
}
