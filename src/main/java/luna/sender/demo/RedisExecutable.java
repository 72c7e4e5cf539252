package luna.sender.demo;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import redis.embedded.core.ExecutableProvider;

/**
 * The redis-server executable: the one that the environment names, or else the packed one, unpacked
 * once for this JVM and deleted when it exits.
 *
 * <p>Errors: {@link UncheckedIOException} when the temporary directory takes no file, {@link
 * IllegalStateException} when no executable for this platform is packed.
 *
 * <p>Owner: thread-safe.
 */
final class RedisExecutable {
  /** What a user can do where the packed executable does not run. */
  static final String ADVICE =
      "name a redis-server of this system in " + ExecutableProvider.ENVIRONMENT_EXECUTABLE_LOCATION;

  private static @Nullable Path path;

  private RedisExecutable() {}

  static synchronized Path path() {
    Path known = path;
    if (known == null) {
      known = find();
      path = known;
    }
    return known;
  }

  private static Path find() {
    try {
      return provider().get().toPath().toAbsolutePath();
    } catch (IOException e) {
      throw new UncheckedIOException("redis-server: not unpacked (" + ADVICE + ")", e);
    } catch (RuntimeException e) {
      String platform = System.getProperty("os.name") + " " + System.getProperty("os.arch");
      throw new IllegalStateException(
          "redis-server: none is packed for " + platform + " (" + ADVICE + ")", e);
    }
  }

  private static ExecutableProvider provider() throws IOException {
    if (System.getenv(ExecutableProvider.ENVIRONMENT_EXECUTABLE_LOCATION) != null) {
      return ExecutableProvider.newEnvironmentVariableProvider();
    }
    File directory = Files.createTempDirectory("luna-sender-redis-server-").toFile();
    // Deleted in reverse order: the library registers the executable after its directory.
    directory.deleteOnExit();
    return ExecutableProvider.newJarResourceProvider(directory);
  }
}
