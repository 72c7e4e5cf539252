package luna.sender.clients;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;

/** Tests the client for Python, with {@code websockets}. */
@Tag("clients")
final class PythonClientIT extends TokenRules {
  @Override
  List<String> command(int gender) {
    String python = TOOLS.resolve("python/bin/python3").toString();
    return List.of(
        python, "client.py", "gender=" + gender, "cities=Washington, D.C.", "cities=Нью-Йорк");
  }

  @Override
  Path directory() {
    return FILES.resolve("python");
  }
}
