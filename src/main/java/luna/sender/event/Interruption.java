package luna.sender.event;

import java.nio.charset.StandardCharsets;
import java.time.temporal.ChronoUnit;

/**
 * The beginning of a time in which events of an account may be lost; a {@link Gap} with the same
 * beginning and cause ends it.
 *
 * <p>Shape: as text one JSON object, schema {@code InterruptionMessage} in {@code openapi.yaml}.
 *
 * <p>Owner: immutable.
 */
public record Interruption(Moment begin, Gap.Cause cause) implements StreamItem {
  public boolean isEndedBy(Gap gap) {
    return gap.cause() == cause && gap.begin().equals(begin);
  }

  /** The payload of its text frame. */
  public byte[] text() {
    return "{\"interruption\":{\"from\":\"%s\",\"cause\":\"%s\"}}"
        .formatted(begin.time().truncatedTo(ChronoUnit.MILLIS), cause.label())
        .getBytes(StandardCharsets.US_ASCII);
  }
}
