package luna.sender.config;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/**
 * Reads files of the class path, which the build packs into the jar.
 *
 * <p>Errors: {@link IllegalStateException} if there is no such file.
 */
public final class PackagedFile {
  private PackagedFile() {}

  /** Returns whether the file exists. */
  public static boolean exists(String name) {
    return PackagedFile.class.getClassLoader().getResource(name) != null;
  }

  /** Opens the file. The caller must close the stream. */
  public static InputStream open(String name) {
    InputStream stream = PackagedFile.class.getClassLoader().getResourceAsStream(name);
    if (stream == null) {
      throw new IllegalStateException("class path: no " + name + " (expected: packed)");
    }
    return stream;
  }

  public static byte[] read(String name) {
    try (InputStream stream = open(name)) {
      return stream.readAllBytes();
    } catch (IOException failure) {
      throw new UncheckedIOException(name, failure);
    }
  }
}
