package luna.sender.event;

import io.netty.buffer.ByteBuf;
import io.vertx.core.buffer.Buffer;
import org.jspecify.annotations.Nullable;

/**
 * One event of an account. The bridge parses it once, and all sessions share it.
 *
 * <p>Shape: the frame is one UTF-8 JSON object, schema {@code EventMessage} in {@code
 * openapi.yaml}; its {@code event} has exactly the bytes that Redis sent.
 *
 * <p>Units: {@code receivedNanos} is {@link System#nanoTime()} when the payload was received from
 * Redis.
 *
 * <p>Owner: thread-safe; crosses event loops without a copy.
 */
public final class Event implements StreamItem {
  private final String account;
  private final Attributes attributes;
  private final long receivedNanos;
  private final byte[] text;
  private final @Nullable TraceContext trace;
  private final @Nullable String id;
  private final @Nullable Position position;
  private final boolean endsPayload;

  /** Created on first use; null before. */
  private volatile byte @Nullable [] frameEnd;

  /** Creates an event without trace and id. */
  public Event(String account, Attributes attributes, long receivedNanos, byte[] text) {
    this(account, attributes, receivedNanos, text, null, null, null, true);
  }

  /**
   * @param id its {@code event_id}; null if it has none, or if the parser does not read ids
   * @param account lower-case UUID
   * @param text the frame's payload; the caller must not change it afterwards
   * @param trace null if its payload is not traced
   * @param position null without history
   * @param endsPayload whether it is the last event of its payload
   */
  public Event(
      String account,
      Attributes attributes,
      long receivedNanos,
      byte[] text,
      @Nullable TraceContext trace,
      @Nullable String id,
      @Nullable Position position,
      boolean endsPayload) {
    this.account = account;
    this.attributes = attributes;
    this.receivedNanos = receivedNanos;
    this.text = text;
    this.trace = trace;
    this.id = id;
    this.position = position;
    this.endsPayload = endsPayload;
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

  /** Returns null if the event is not traced, as nearly all events. */
  public @Nullable TraceContext trace() {
    return trace;
  }

  /** Returns null if the event has no id, or if the parser does not read ids. */
  public @Nullable String id() {
    return id;
  }

  /** Returns its position in the account's history, or null without history. */
  public @Nullable Position position() {
    return position;
  }

  /** Returns whether it is the last event of its payload. */
  public boolean endsPayload() {
    return endsPayload;
  }

  /**
   * Returns the position from which a client continues that has this event: after the last event of
   * a payload, the end of the payload. When the payload is no longer in the history, it is then
   * known that none of its events is missing.
   */
  public @Nullable Position resumePosition() {
    return endsPayload && position != null ? position.end() : position;
  }

  /**
   * Returns {@link Position#frameEnd} of {@link #resumePosition}, or null without history. All
   * clients share it; the caller must not change it.
   */
  public byte @Nullable [] frameEnd() {
    byte[] known = frameEnd;
    Position resume = known == null ? resumePosition() : null;
    if (resume == null) {
      return known;
    }
    byte[] end = resume.frameEnd();
    frameEnd = end;
    return end;
  }

  public int textBytes() {
    return text.length;
  }

  /** Appends the frame's payload to {@code target}. */
  public void writeText(ByteBuf target) {
    target.writeBytes(text);
  }

  /** Appends the frame's payload, with {@code end} in place of its closing brace. */
  public void appendText(Buffer target, byte[] end) {
    target.appendBytes(text, 0, text.length - 1).appendBytes(end);
  }

  /** Returns the account and the size, but not the content, which is biometric data. */
  @Override
  public String toString() {
    return "Event[account=" + account + ", textBytes=" + text.length + "]";
  }
}
