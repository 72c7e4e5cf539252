package luna.sender.bridge;

import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The responses of a new master that wait for older messages of the former one, in order of
 * arrival.
 *
 * <p>Owner: confined to the event loop of its link.
 */
final class WaitingResponses {
  private static final int LIMIT = 10_000;
  private static final int LIMIT_BYTES = 32 << 20;

  /** A response that waits for the answer to the HELLO with this number. */
  private record Waiting(Response response, int bytes, long hello, long sinceNanos) {}

  private final Deque<Waiting> queue = new ArrayDeque<>();
  private int bytes;

  /**
   * @param payloadBytes the size of its payload; 0 if it is no message
   * @param hello the number of the HELLO whose answer it waits for
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

  /** Returns whether the first response waits for this HELLO or an earlier one. */
  boolean isFirstAnswered(long hello) {
    return !queue.isEmpty() && queue.peek().hello <= hello;
  }

  /** Returns whether the first response has waited at least this long. */
  boolean isFirstOverdue(long now, Duration limit) {
    return !queue.isEmpty() && now - queue.peek().sinceNanos >= limit.toNanos();
  }

  Response removeFirst() {
    Waiting first = queue.remove();
    bytes -= first.bytes;
    return first.response;
  }
}
