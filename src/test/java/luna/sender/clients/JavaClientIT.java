package luna.sender.clients;

import java.io.File;
import java.nio.file.Path;
import java.util.List;

/** The client for Java, from its source. */
final class JavaClientIT extends TokenRules {
  @Override
  List<String> command(int gender) {
    String java =
        System.getProperty("java.home") + File.separator + "bin" + File.separator + "java";
    return List.of(
        java,
        // Compiles it quickly, for it does not run for long.
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
