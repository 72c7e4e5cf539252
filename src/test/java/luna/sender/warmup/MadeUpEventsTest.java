package luna.sender.warmup;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import luna.sender.event.ParsedEvents;
import org.junit.jupiter.api.Test;

final class MadeUpEventsTest {
  private static final int PAYLOADS = 100;

  @Test
  void framesHaveTheStatedSize() {
    for (int number = 0; number < PAYLOADS; number++) {
      String payload = new String(MadeUpEvents.payload(number), US_ASCII);
      assertThat(ParsedEvents.of(payload))
          .singleElement()
          .satisfies(event -> assertThat(event.textBytes()).isEqualTo(MadeUpEvents.FRAME_BYTES));
    }
  }
}
