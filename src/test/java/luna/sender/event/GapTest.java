package luna.sender.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Test;

final class GapTest {
  private static final DualTimestamp FROM =
      new DualTimestamp(Instant.parse("2026-08-11T09:11:41.674999Z"), -5);
  private static final DualTimestamp TO =
      new DualTimestamp(Instant.parse("2026-08-11T09:11:44Z"), FROM.nanos() + 2_325_001_000L);

  @Test
  void textHasTimesToTheMillisecondAndNullForAnUnknownCount() {
    assertThat(text(new Gap(FROM, TO, Gap.Cause.REDIS_CLOSED, Gap.UNKNOWN)))
        .isEqualTo(
            "{\"gap\":{\"from\":\"2026-08-11T09:11:41.674Z\",\"to\":\"2026-08-11T09:11:44Z\","
                + "\"cause\":\"redis_closed\",\"dropped\":null}}");
  }

  @Test
  void textHasTheCountIfKnownIncludingZero() {
    assertThat(text(new Gap(FROM, TO, Gap.Cause.OVERLOAD, 17)))
        .endsWith("\"cause\":\"overload\",\"dropped\":17}}");
    assertThat(text(new Gap(FROM, TO, Gap.Cause.SLOW, 0))).endsWith("\"dropped\":0}}");
  }

  @Test
  void interruptionHasTheSameTimeAndCauseAsTheGapThatEndsIt() {
    Interruption interruption = new Interruption(FROM, Gap.Cause.REDIS_SILENT);
    assertThat(new String(interruption.text(), StandardCharsets.US_ASCII))
        .isEqualTo(
            "{\"interruption\":{\"from\":\"2026-08-11T09:11:41.674Z\",\"cause\":\"redis_silent\"}}");
    assertThat(interruption.isEndedBy(new Gap(FROM, TO, Gap.Cause.REDIS_SILENT, Gap.UNKNOWN)))
        .isTrue();
    assertThat(interruption.isEndedBy(new Gap(FROM, TO, Gap.Cause.OVERLOAD, 1))).isFalse();
    assertThat(interruption.isEndedBy(new Gap(TO, TO, Gap.Cause.REDIS_SILENT, Gap.UNKNOWN)))
        .isFalse();
  }

  private static String text(Gap gap) {
    return new String(gap.text(), StandardCharsets.US_ASCII);
  }
}
