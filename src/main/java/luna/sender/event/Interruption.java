package luna.sender.event;

import java.nio.charset.StandardCharsets;
import java.time.temporal.ChronoUnit;

/**
 * The start of an interval in which events of an account may be lost. A {@link Gap} or {@link
 * Healed} with the same start and cause ends it.
 *
 * <p>See: {@link Gap.Cause} lists the origins.
 *
 * <p>Shape: its text is one JSON object, schema {@code InterruptionMessage} in {@code
 * openapi.yaml}.
 */
public record Interruption(DualTimestamp begin, Gap.Cause cause) implements StreamItem {
  public boolean isEndedBy(Gap gap) {
    return gap.cause() == cause && gap.begin().equals(begin);
  }

  public boolean isEndedBy(Healed healed) {
    return healed.cause() == cause && healed.begin().equals(begin);
  }

  /** Returns the payload of its text frame. */
  public byte[] text() {
    return "{\"interruption\":{\"from\":\"%s\",\"cause\":\"%s\"}}"
        .formatted(begin.time().truncatedTo(ChronoUnit.MILLIS), cause.label())
        .getBytes(StandardCharsets.US_ASCII);
  }
}
