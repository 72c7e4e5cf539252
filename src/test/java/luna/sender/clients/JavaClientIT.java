package luna.sender.clients;

import java.io.File;
import java.nio.file.Path;
import java.util.List;

/** Tests the client for Java, from its source. */
final class JavaClientIT extends TokenRules {
  @Override
  List<String> command(int gender) {
    String java =
        System.getProperty("java.home") + File.separator + "bin" + File.separator + "java";
    return List.of(
        java,
        // Compiles quickly, because it runs for a short time.
        "-XX:TieredStopAtLevel=1",
        "-Dfile.encoding=UTF-8",
        "Client.java",
        "gender=" + gender,
        "cities=Washington, D.C.",
        "cities=Нью-Йорк");
  }

  @Override
  Path directory() {
    return FILES.resolve("java");
  }
}
