package luna.sender.event;

/**
 * An item of the ordered stream of an account: an event, the start of an interruption, or the gap
 * or the healing that ends it. A canary belongs to no account.
 *
 * <p>Owner: thread-safe, because it is immutable; crosses event loops without a copy.
 */
public sealed interface StreamItem permits Event, Interruption, Gap, Healed, CanaryMessage {}
