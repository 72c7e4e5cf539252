package luna.sender.bridge;

import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The queued responses of a new master, in order of arrival. They are queued until older messages
 * of the former master have arrived.
 *
 * <p>See: {@link ResponseMerger}.
 *
 * <p>Owner: confined to the event loop of its link.
 */
final class QueuedResponses {
  private static final int LIMIT = 10_000;
  private static final int LIMIT_BYTES = 32 << 20;

  /** A response that is queued until the HELLO with this number is answered. */
  private record Waiting(Response response, int bytes, long hello, long sinceNanos) {}

  private final Deque<Waiting> queue = new ArrayDeque<>();
  private int bytes;

  /**
   * @param payloadBytes the size of its payload; 0 if it is no message
   * @param hello the number of the HELLO whose answer releases it
   */
  void add(Response response, int payloadBytes, long hello) {
    queue.add(new Waiting(response, payloadBytes, hello, System.nanoTime()));
    bytes += payloadBytes;
  }

  boolean isEmpty() {
    return queue.isEmpty();
  }

  boolean isOverLimit() {
    return queue.size() > LIMIT || bytes > LIMIT_BYTES;
  }

  /** Returns whether this HELLO or an earlier one releases the first response. */
  boolean isFirstAnswered(long hello) {
    return !queue.isEmpty() && queue.peek().hello <= hello;
  }

  /** Returns whether the first response has been queued for at least this long. */
  boolean isFirstOverdue(long now, Duration limit) {
    return !queue.isEmpty() && now - queue.peek().sinceNanos >= limit.toNanos();
  }

  Response removeFirst() {
    Waiting first = queue.remove();
    bytes -= first.bytes;
    return first.response;
  }
}
