package luna.sender.event;

/**
 * A message of this service's own, which goes the way of an event up to where its frame would be
 * written.
 *
 * <p>Owner: immutable.
 */
public record CanaryMessage() implements StreamItem {}
