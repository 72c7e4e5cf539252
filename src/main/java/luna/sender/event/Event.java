package luna.sender.event;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * A fact about one account, parsed once at the bridge and shared by every session.
 *
 * <p>Shape: the frame is one UTF-8 JSON object, schema {@code EventMessage} in {@code
 * openapi.yaml}; its {@code event} has the very bytes that came from Redis.
 *
 * <p>Units: {@code receivedNanos} is {@link System#nanoTime()} when Redis handed the payload over.
 *
 * <p>Owner: immutable; crosses event loops without a copy.
 */
public final class Event implements StreamItem {
  private final String account;
  private final Attributes attributes;
  private final long receivedNanos;
  private final byte[] text;
  private final @Nullable TraceContext trace;
  private final @Nullable String id;

  /** An event that is not traced, and whose id nobody asks for. */
  public Event(String account, Attributes attributes, long receivedNanos, byte[] text) {
    this(account, attributes, receivedNanos, text, null, null);
  }

  /**
   * @param id its {@code event_id}; null if it has none, or if nobody asks for it
   * @param account lower-case UUID
   * @param text the frame's payload; handed over, not to be changed by the caller afterwards
   * @param trace null unless its payload was chosen to be traced
   */
  public Event(
      String account,
      Attributes attributes,
      long receivedNanos,
      byte[] text,
      @Nullable TraceContext trace,
      @Nullable String id) {
    this.account = account;
    this.attributes = attributes;
    this.receivedNanos = receivedNanos;
    this.text = text;
    this.trace = trace;
    this.id = id;
  }

  public String account() {
    return account;
  }

  public Attributes attributes() {
    return attributes;
  }

  public long receivedNanos() {
    return receivedNanos;
  }

  /** Null for nearly all. */
  public @Nullable TraceContext trace() {
    return trace;
  }

  /** Null if it has none, or if its reader did not ask for it. */
  public @Nullable String id() {
    return id;
  }

  public int textBytes() {
    return text.length;
  }

  /** Appends the frame's payload to {@code target}. */
  public void writeText(ByteBuf target) {
    target.writeBytes(text);
  }

  /** The account and the size: never the content, which is biometric data. */
  @Override
  public String toString() {
    return "Event[account=" + account + ", textBytes=" + text.length + "]";
  }
}
