package luna.sender.cli.bench;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests that messages are found wherever the stream is divided. */
final class SseReaderTest {
  private static final String STREAM =
      "retry: 3000\n\nid: 1\ndata: {\"a\":1}\n\n:\n\nevent: gap\ndata: {\"gap\":{}}\n\n"
          + "data:{\ndata:  \"b\":\ndata: 2}\n\nid: 7\n\ndata: é\r\n\r\n"
          + "event: close\ndata: {\"code\":4008,\"reason\":\"too slow\"}\n\n";

  private static final class Messages implements ClientConnection.Listener {
    private final List<String> all = new ArrayList<>();
    private final List<String> notices = new ArrayList<>();

    /** Each with the number of messages before it. */
    private final List<String> positions = new ArrayList<>();

    @Override
    public void onMessage(byte[] bytes, int from, int length) {
      all.add(new String(bytes, from, length, UTF_8));
    }

    @Override
    public void onNotice(byte[] bytes, int from, int length) {
      notices.add(new String(bytes, from, length, UTF_8));
    }

    @Override
    public void onPosition(byte[] bytes, int from, int length) {
      positions.add(all.size() + ":" + new String(bytes, from, length, UTF_8));
    }

    @Override
    public void onEnd(int code) {
      throw new AssertionError(code);
    }
  }

  private final Messages messages = new Messages();
  private final SseReader reader = new SseReader();

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 8, 13, 21, 1000})
  void dataOfEventsWithoutANameIsFound(int partBytes) {
    byte[] stream = STREAM.getBytes(UTF_8);
    for (int from = 0; from < stream.length; from += partBytes) {
      int to = Math.min(stream.length, from + partBytes);
      reader.read(Buffer.buffer(stream).slice(from, to), messages);
    }
    assertThat(messages.all).containsExactly("{\"a\":1}", "{\n \"b\":\n2}", "é");
    assertThat(messages.notices).containsExactly("{\"gap\":{}}");
    assertThat(messages.positions).containsExactly("1:1", "2:7");
    assertThat(reader.closeCode()).isEqualTo(4008);
  }

  @Test
  void largeMessageIsWhole() {
    String text = "x".repeat(100_000);
    for (int i = 0; i < 3; i++) {
      reader.read(Buffer.buffer("data: "), messages);
      reader.read(Buffer.buffer(text + "\n\n"), messages);
    }
    assertThat(messages.all).containsExactly(text, text, text);
    assertThat(reader.closeCode()).isEqualTo(1006);
  }
}
