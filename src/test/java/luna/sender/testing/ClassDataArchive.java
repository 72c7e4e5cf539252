package luna.sender.testing;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Map;

/**
 * The archive of the packaged jar's loaded and verified classes (application class-data sharing).
 * It halves the CPU time of a start, and the tests start the jar some 80 times.
 *
 * <p>Owner: the JVMs of one build share the archive, which is next to the jar. The first JVM that
 * needs it creates it from a run of the demo; a newer jar replaces it.
 */
final class ClassDataArchive {
  private static final String LISTENING = "publish --account";

  private final Path jar;
  private final Path file;

  private ClassDataArchive(Path jar) {
    this.jar = jar;
    this.file = jar.resolveSibling(jar.getFileName().toString().replace(".jar", ".jsa"));
  }

  /** The JVM option that makes a start of this jar use its archive. */
  static synchronized String option(Path jar) throws IOException {
    ClassDataArchive archive = new ClassDataArchive(jar);
    archive.createIfOutdated();
    return "-XX:SharedArchiveFile=" + archive.file;
  }

  private void createIfOutdated() throws IOException {
    Path lockFile = file.resolveSibling(file.getFileName() + ".lock");
    try (FileChannel channel =
            FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = channel.lock()) {
      if (lock.isValid() && isOutdated()) {
        create();
      }
    }
  }

  private boolean isOutdated() throws IOException {
    return !Files.exists(file)
        || Files.getLastModifiedTime(file).compareTo(Files.getLastModifiedTime(jar)) < 0;
  }

  private void create() throws IOException {
    Path created = file.resolveSibling(file.getFileName() + ".new");
    Files.deleteIfExists(created);
    Map<String, String> settings =
        Map.of(
            "LUNA_SENDER_HTTP_SETTINGS__HOST",
            "127.0.0.1",
            "LUNA_SENDER_HTTP_SETTINGS__PORT",
            Integer.toString(FreePorts.next()));
    try (PackagedCommand demo =
        PackagedCommand.startWith("-XX:ArchiveClassesAtExit=" + created, settings, "demo")) {
      demo.awaitPrinted(LISTENING).terminate().exitCode();
      Files.move(created, file, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException failure) {
      throw failure;
    } catch (Exception failure) {
      throw new IOException(failure);
    }
  }
}
