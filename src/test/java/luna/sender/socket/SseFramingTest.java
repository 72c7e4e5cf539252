package luna.sender.socket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import luna.sender.event.Event;
import luna.sender.event.Position;
import luna.sender.testing.TestEvents;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Encodes events and messages as Server-Sent Events. */
final class SseFramingTest {
  private static final Position POSITION = new Position("a1", 7, 5, 0, 2);

  @Test
  void eventHasItsPositionAsItsId() {
    Event event = event("{\"event\":{}}");
    assertThat(text(SseFraming.event(event, true)))
        .isEqualTo("id: a1-7-5-0-2\ndata: {\"event\":{}}\n\n");
    assertThat(text(SseFraming.event(event, false))).isEqualTo("data: {\"event\":{}}\n\n");
  }

  @ParameterizedTest
  @CsvSource({
    "{Na:1N},       data: {/data: a:1/data: }//",
    "{RNa:1RN},     data: {/data: a:1/data: }//",
    "{RRNN},        data: {/data: /data: /data: }//",
    "{a:éR}N,       data: {a:é/data: }/data: //",
    "NN,            data: /data: /data: //",
  })
  void eachLineOfAFrameIsALineOfData(String frame, String expected) {
    String given = frame.replace('R', '\r').replace('N', '\n');
    ByteBuf encoded = SseFraming.event(event(given), false);
    assertThat(encoded.capacity()).isEqualTo(encoded.readableBytes());
    assertThat(text(encoded)).isEqualTo(expected.replace('/', '\n'));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"gap\":{\"cause\":\"slow\"}} | event: gap/data: {\"gap\":{\"cause\":\"slow\"}}//",
        "{\"live\":{\"replayed\":1}} | event: live/data: {\"live\":{\"replayed\":1}}//",
        "{\"position\":\"a1-7-5-0\"} | id: a1-7-5-0//",
      })
  void messageHasTheNameOfItsKey(String message, String expected) {
    assertThat(text(SseFraming.message(message.getBytes(UTF_8))))
        .isEqualTo(expected.replace('/', '\n'));
  }

  private static Event event(String text) {
    return new Event("", TestEvents.NOTHING, 0, text.getBytes(UTF_8), null, null, POSITION, false);
  }

  private static String text(ByteBuf frame) {
    try {
      return frame.toString(UTF_8);
    } finally {
      frame.release();
    }
  }
}
