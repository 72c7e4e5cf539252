package luna.sender.config;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

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

  /** Returns the sorted names of the files in a folder, without its subfolders. */
  public static List<String> names(String folder) {
    try {
      Path packed =
          Path.of(PackagedFile.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      if (Files.isDirectory(packed)) {
        return list(packed.resolve(folder));
      }
      try (FileSystem jar = FileSystems.newFileSystem(packed)) {
        return list(jar.getPath(folder));
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(folder, failure);
    } catch (URISyntaxException failure) {
      throw new IllegalStateException(failure);
    }
  }

  private static List<String> list(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> folder.relativize(file).toString())
          .sorted()
          .toList();
    }
  }
}
