package luna.sender.bridge;

import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * Merges the responses of a former master and of the new one in publish order.
 *
 * <p>How: a response of the new master is queued until the former one answers a HELLO that was sent
 * after the response arrived. A message that arrives from both masters, because one replicates from
 * the other, is delivered once.
 *
 * <p>Example: the former master sends event 1, and the publisher then moves. Event 2 arrives from
 * the new master first and is queued. Event 1 arrives and is delivered; then the answer to HELLO
 * arrives, and event 2 is delivered.
 *
 * <p>Errors: a response that is queued longer than {@link #WAIT_LIMIT}, or that exceeds the limits
 * of {@link QueuedResponses}, is delivered without the answer, perhaps out of order. A queued
 * response that cannot be delivered because of a fault is lost, and the fault is reported.
 *
 * <p>Owner: confined to the event loop of its link.
 */
final class ResponseMerger {
  static final Duration WAIT_LIMIT = Duration.ofSeconds(1);

  private final Deduplicator duplicates = new Deduplicator();
  private final QueuedResponses waiting = new QueuedResponses();
  private final Consumer<Response> ordered;
  private final Runnable faulty;

  /**
   * @param ordered receives the responses in order
   * @param faulty reports that a fault may have lost a response; must not allocate memory
   */
  ResponseMerger(Consumer<Response> ordered, Runnable faulty) {
    this.ordered = ordered;
    this.faulty = faulty;
  }

  /** Delivers a message of the former master. */
  void former(Response message) {
    deliver(Deduplicator.Side.FORMER, message);
  }

  /** Queues a response of the new master until the HELLO with this number is answered. */
  void queue(Response response, long hello) {
    int bytes = PushKind.isMessage(response) ? PushKind.payload(response).length : 0;
    waiting.add(response, bytes, hello);
  }

  /** Delivers a response of the new master at once. */
  void current(Response response) {
    deliver(Deduplicator.Side.CURRENT, response);
  }

  /** Delivers the responses that this HELLO or an earlier one releases. */
  void answered(long hello) {
    while (waiting.isFirstAnswered(hello)) {
      deliverFirst();
    }
  }

  /** Delivers the responses that are queued for too long. */
  void deliverOverdue(long now) {
    while (waiting.isFirstOverdue(now, WAIT_LIMIT)) {
      deliverFirst();
    }
  }

  /** Delivers the oldest responses, if too many are queued. */
  void deliverExcess() {
    while (waiting.isOverLimit()) {
      deliverFirst();
    }
  }

  /** Delivers all queued responses. */
  void deliverAll() {
    while (!waiting.isEmpty()) {
      deliverFirst();
    }
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  private void deliverFirst() {
    Response first = waiting.removeFirst();
    boolean delivered = false;
    try {
      deliver(Deduplicator.Side.CURRENT, first);
      delivered = true;
    } finally {
      if (!delivered) {
        faulty.run();
      }
    }
  }

  private void deliver(Deduplicator.Side side, Response response) {
    if (!PushKind.isMessage(response)
        || duplicates.take(side, PushKind.channel(response), PushKind.payload(response))) {
      ordered.accept(response);
    }
  }
}
