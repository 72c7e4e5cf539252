package luna.sender.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file with the tokens of two operators, one of which may only read. */
public final class OperatorTokensFile {
  public static final String CLOSE_TOKEN = "close-".repeat(6);
  public static final String READ_TOKEN = "read-".repeat(7);

  private OperatorTokensFile() {}

  /** Creates a file that is deleted with the JVM. */
  public static Path create() {
    try {
      Path file = Files.createTempFile("operators", "");
      file.toFile().deleteOnExit();
      return Files.writeString(
          file,
          """
          # name scopes token
          alice read,close %s

          monitor read %s
          """
              .formatted(CLOSE_TOKEN, READ_TOKEN));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
