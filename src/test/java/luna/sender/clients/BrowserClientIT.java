package luna.sender.clients;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tests the module for browsers in Node.js, whose WebSocket is like a browser's: it sets no
 * headers, and does not report why a handshake was rejected.
 */
@Tag("clients")
final class BrowserClientIT extends TokenRules {
  /** The script of a page, for a terminal. */
  private static final String PAGE =
      """
      import { readFile } from 'node:fs/promises';
      import { listen } from './events.mjs';

      listen({
        url: process.env.LUNA_URL,
        account: process.env.LUNA_ACCOUNT,
        filters: { gender: process.argv[2], cities: ['Washington, D.C.', 'Нью-Йорк'] },
        fetchToken: async () => (await readFile(process.env.LUNA_TOKEN_FILE, 'utf8')).trim(),
        onEvent: (message) => console.log(JSON.stringify(message)),
        onGap: (gap) => console.error('gap', gap.cause),
        onStop: (why) => {
          console.error(why);
          process.exitCode = 1;
        },
      });
      """;

  private static boolean isBuiltIn;

  @TempDir Path pages;

  @BeforeAll
  static void askForTheWebSocket() throws IOException, InterruptedException {
    Process node = new ProcessBuilder("node", "-p", "typeof WebSocket").start();
    isBuiltIn = new String(node.getInputStream().readAllBytes(), UTF_8).strip().equals("function");
    node.waitFor(15, TimeUnit.SECONDS);
  }

  /** Copies it to a name that Node.js loads as a module. */
  @BeforeEach
  void writePage() throws IOException {
    Files.writeString(pages.resolve("page.mjs"), PAGE);
    Files.copy(FILES.resolve("browser/events.js"), pages.resolve("events.mjs"));
  }

  @Override
  List<String> command(int gender) {
    // Node.js 20 has it behind a flag.
    return isBuiltIn
        ? List.of("node", "page.mjs", "" + gender)
        : List.of("node", "--experimental-websocket", "page.mjs", "" + gender);
  }

  @Override
  Path directory() {
    return pages;
  }
}
