package luna.sender.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The inputs that fuzzing has found, each of which covers another path through the code.
 *
 * <p>Shape: {@code src/test/resources/fuzz/{target}/{any name}}, one input per file, as Jazzer
 * reads and writes them.
 *
 * <p>Owner: immutable.
 */
public final class FuzzCorpus {
  private static final Path ROOT = Path.of("src", "test", "resources", "fuzz");

  private FuzzCorpus() {}

  /** Returns the inputs of a target, by file name. */
  public static List<Path> of(String target) {
    try (Stream<Path> files = Files.list(ROOT.resolve(target))) {
      return files.sorted().toList();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  public static byte[] read(Path input) {
    try {
      return Files.readAllBytes(input);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
