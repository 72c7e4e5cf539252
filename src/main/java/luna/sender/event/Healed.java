package luna.sender.event;

import java.nio.charset.StandardCharsets;
import java.time.temporal.ChronoUnit;

/**
 * The end of an interruption in which no event was lost: all events that were published meanwhile
 * have been read from the history, and precede this item.
 *
 * <p>Shape: its text is one JSON object, schema {@code HealedMessage} in {@code openapi.yaml}.
 *
 * @param begin as in the {@link Interruption}
 * @param cause as in the {@link Interruption}
 * @param events how many events of the account were read from the history
 */
public record Healed(DualTimestamp begin, DualTimestamp end, Gap.Cause cause, long events)
    implements StreamItem {
  /** Returns the payload of its text frame. */
  public byte[] text() {
    return "{\"healed\":{\"from\":\"%s\",\"to\":\"%s\",\"cause\":\"%s\",\"events\":%d}}"
        .formatted(
            begin.time().truncatedTo(ChronoUnit.MILLIS),
            begin.endAt(end).truncatedTo(ChronoUnit.MILLIS),
            cause.label(),
            events)
        .getBytes(StandardCharsets.US_ASCII);
  }
}
