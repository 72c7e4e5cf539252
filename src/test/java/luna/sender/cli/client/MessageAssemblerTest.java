package luna.sender.cli.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.WebSocketFrame;
import org.junit.jupiter.api.Test;

final class MessageAssemblerTest {
  private static final Buffer EMPTY = Buffer.buffer();

  private final MessageAssembler messages = new MessageAssembler();

  @Test
  void unfragmentedMessageIsReturned() {
    assertThat(messages.add(WebSocketFrame.textFrame("text", true))).hasToString("text");
    assertThat(messages.add(WebSocketFrame.binaryFrame(Buffer.buffer("bytes"), true)))
        .hasToString("bytes");
  }

  @Test
  void fragmentsAreJoinedAcrossControlFrames() {
    assertThat(messages.add(WebSocketFrame.textFrame("a", false))).isNull();
    assertThat(messages.add(WebSocketFrame.pongFrame(EMPTY))).isNull();
    assertThat(messages.add(WebSocketFrame.continuationFrame(Buffer.buffer("b"), false))).isNull();
    assertThat(messages.add(WebSocketFrame.pingFrame(Buffer.buffer("ping")))).isNull();
    assertThat(messages.add(WebSocketFrame.continuationFrame(Buffer.buffer("c"), true)))
        .hasToString("abc");
    assertThat(messages.add(WebSocketFrame.textFrame("next", true))).hasToString("next");
  }

  @Test
  void controlFrameIsNotAMessage() {
    assertThat(messages.add(WebSocketFrame.pongFrame(EMPTY))).isNull();
    assertThat(messages.add(WebSocketFrame.pingFrame(EMPTY))).isNull();
  }

  @Test
  void emptyMessageIsAMessage() {
    assertThat(messages.add(WebSocketFrame.textFrame("", true))).isEqualTo(EMPTY);
  }
}
