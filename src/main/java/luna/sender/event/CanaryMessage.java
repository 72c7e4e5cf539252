package luna.sender.event;

/**
 * A test message of this service. It takes the same path as an event, up to the point where a frame
 * would be written.
 *
 * <p>See: {@code bridge.Canary} publishes it and detects its loss.
 */
public record CanaryMessage() implements StreamItem {}
