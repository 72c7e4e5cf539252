package luna.sender.event;

import org.jspecify.annotations.Nullable;

/**
 * An attribute of events that filters can test: where the event has it, and how it is read.
 *
 * <p>Shape: {@code slot} is its position among the attributes of an {@link Attributes} that are
 * stored in the same array: texts, numbers or codes.
 *
 * @param path the path in a message to a client, as {@link EventPath} reads it
 * @param aggregate what becomes of several values; only an array in the path can have several
 * @param requires the path of an array beside the attribute, which must have an object; null if
 *     there is no such condition
 * @param codes the outcomes; null unless the type is {@link Type#CODE}
 */
public record EventAttribute(
    String path,
    Type type,
    Aggregate aggregate,
    @Nullable String requires,
    @Nullable CodeNames codes,
    int slot) {

  /** Returns whether an event can have several values. */
  public boolean hasSeveral() {
    return aggregate == Aggregate.ALL && path.contains(EventPath.EACH);
  }

  /** The type of a value. An event with a value of another type lacks the attribute. */
  public enum Type {
    TEXT,

    /** A text that is compared in lower case. */
    UUID,

    NUMBER,

    /** A name or a number of {@link CodeNames}. */
    CODE,

    /** Whether there is an object. */
    OBJECT
  }

  /** What becomes of several values. */
  public enum Aggregate {
    /** All values count. */
    ALL,

    HIGHEST,
    LOWEST,
    FIRST,
    LAST
  }
}
