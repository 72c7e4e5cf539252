package luna.sender.clients;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;

/** Tests the client for Node.js, with {@code ws}. */
@Tag("clients")
final class NodeClientIT extends TokenRules {
  @Override
  List<String> command(int gender) {
    return List.of(
        "node", "client.js", "gender=" + gender, "cities=Washington, D.C.", "cities=Нью-Йорк");
  }

  /** In the folder of its package, where Node.js looks for it. */
  @BeforeEach
  void copy() throws IOException {
    Files.copy(
        FILES.resolve("node/client.js"),
        TOOLS.resolve("node/client.js"),
        StandardCopyOption.REPLACE_EXISTING);
  }

  @Override
  Path directory() {
    return TOOLS.resolve("node");
  }
}
