package luna.sender.clients;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;

/** Tests the client for Go, built by {@code .ci/clients}. */
@Tag("clients")
final class GoClientIT extends TokenRules {
  @Override
  List<String> command(int gender) {
    return List.of(
        TOOLS.resolve("go/client").toString(),
        "gender=" + gender,
        "cities=Washington, D.C.",
        "cities=Нью-Йорк");
  }

  @Override
  Path directory() {
    return FILES.resolve("go");
  }
}
