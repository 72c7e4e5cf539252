package luna.sender.cli.demo;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import luna.sender.config.PackagedFile;
import org.jspecify.annotations.Nullable;

/**
 * Locates the redis-server executable: the one named in the environment, or the packaged one. The
 * packaged one is unpacked once per JVM and deleted at exit.
 *
 * <p>Shape: Redis 7.0.15, statically linked on Linux. There is none for Windows.
 *
 * <p>Errors: {@link UncheckedIOException} if the temporary directory is not writable, {@link
 * IllegalStateException} if there is no executable for this platform.
 *
 * <p>Owner: thread-safe.
 */
public final class RedisExecutable {
  private static final String VARIABLE = "EMBEDDED_REDIS_EXECUTABLE";

  /** What a user can do if the packaged executable does not run. */
  static final String ADVICE = "set the path of a redis-server in " + VARIABLE;

  private static final String VERSION = "7.0.15";
  private static final Set<String> PLATFORMS =
      Set.of("linux-amd64", "linux-arm64", "linux-386", "darwin-amd64", "darwin-arm64");

  private static @Nullable Path path;

  private RedisExecutable() {}

  public static synchronized Path path() {
    Path known = path;
    if (known == null) {
      known = find();
      path = known;
    }
    return known;
  }

  private static Path find() {
    String named = System.getenv(VARIABLE);
    if (named != null) {
      return Path.of(named).toAbsolutePath();
    }
    String resource = resource(System.getProperty("os.name"), System.getProperty("os.arch"));
    try {
      return unpack(resource);
    } catch (IOException e) {
      throw new UncheckedIOException("redis-server: could not be unpacked (" + ADVICE + ")", e);
    }
  }

  /** Returns an error that names the directory, unlike the exception of the JDK. */
  static String noTemporaryDirectory() {
    return "java.io.tmpdir: "
        + System.getProperty("java.io.tmpdir")
        + " (expected: a directory in which files can be created)";
  }

  /** Returns the resource for the JVM's names of operating system and processor. */
  static String resource(String system, String processor) {
    String family = system.toLowerCase(Locale.ROOT).startsWith("mac") ? "darwin" : system;
    String kind =
        switch (processor.toLowerCase(Locale.ROOT)) {
          case "amd64", "x86_64" -> "amd64";
          case "aarch64", "arm64" -> "arm64";
          case "x86", "i386", "i486", "i586", "i686" -> "386";
          default -> processor;
        };
    String platform = family.toLowerCase(Locale.ROOT) + "-" + kind;
    if (!PLATFORMS.contains(platform)) {
      throw new IllegalStateException(
          "redis-server: none is packed for %s %s (expected: Linux on amd64, arm64 or 386, or macOS; else %s)"
              .formatted(system, processor, ADVICE));
    }
    return "redis-server-" + VERSION + "-" + platform;
  }

  private static Path unpack(String resource) throws IOException {
    Path directory;
    try {
      directory = Files.createTempDirectory("luna-sender-redis-server-");
    } catch (IOException e) {
      throw new UncheckedIOException(noTemporaryDirectory(), e);
    }
    Path file = directory.resolve("redis-server");
    // Deleted in reverse order.
    directory.toFile().deleteOnExit();
    file.toFile().deleteOnExit();
    try (InputStream packed = PackagedFile.open(resource)) {
      Files.copy(packed, file);
    }
    if (!file.toFile().setExecutable(true)) {
      throw new IOException(file + ": cannot be made executable");
    }
    return file;
  }
}
