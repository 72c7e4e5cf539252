package luna.sender.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class JsonScannerTest {
  @Test
  void consecutiveArraysDoNotAddUpInDepth() throws Exception {
    String arrays = "[" + "[1],".repeat(2 * JsonScanner.MAX_DEPTH) + "[1]]";
    JsonScanner in = new JsonScanner(arrays.getBytes(StandardCharsets.US_ASCII));
    assertThat(in.enterArray()).isTrue();
    while (in.nextElement()) {
      assertThat(in.enterArray()).isTrue();
      while (in.nextElement()) {
        assertThat(in.number()).isEqualTo(1);
      }
    }
    in.expectEnd();
  }
}
