package luna.sender.event;

/**
 * What comes to pass for an account on this node, in the order in which it does: an event, the
 * beginning of an interruption, or the gap that it leaves; or a canary, which is of no account.
 *
 * <p>Owner: immutable; crosses event loops without a copy.
 */
public sealed interface StreamItem permits Event, Interruption, Gap, CanaryMessage {}
