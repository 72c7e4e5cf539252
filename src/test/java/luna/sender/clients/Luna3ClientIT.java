package luna.sender.clients;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import luna.sender.testing.Service;
import org.junit.jupiter.api.Tag;

/**
 * Tests a program in the style of the platform's own library, with a replacement for the library,
 * which is not public.
 */
@Tag("clients")
final class Luna3ClientIT extends ClientRules {
  Luna3ClientIT() {
    super(new Service());
  }

  @Override
  List<String> command(int gender) {
    return List.of(TOOLS.resolve("python/bin/python3").toString(), "client.py", "" + gender);
  }

  @Override
  Map<String, String> environment(int port) {
    Map<String, String> environment = super.environment(port);
    environment.put("LUNA_ORIGIN", "http://127.0.0.1:" + port);
    environment.put("PYTHONDONTWRITEBYTECODE", "1");
    return environment;
  }

  @Override
  Path directory() {
    return FILES.resolve("luna3");
  }
}
