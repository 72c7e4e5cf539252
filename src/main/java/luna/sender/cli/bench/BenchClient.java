package luna.sender.cli.bench;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketFrame;
import luna.sender.cli.client.MessageAssembler;

/**
 * One client: reads its WebSocket and checks each message.
 *
 * <p>Owner: confined to its event loop.
 */
final class BenchClient {
  private static final short NORMAL = 1000;

  /** The code for a connection that broke without a close frame. */
  private static final int ABNORMAL = 1006;

  /** The buffer for the current message, shared by all clients of an event loop. */
  static final class MessageBuffer {
    private byte[] bytes = new byte[1 << 14];

    byte[] of(int length) {
      if (length > bytes.length) {
        bytes = new byte[Math.max(length, 2 * bytes.length)];
      }
      return bytes;
    }
  }

  private final BenchRun run;
  private final LoopCounts counts;
  private final int number;
  private final int account;
  private final SequenceCheck check;
  private final WebSocket socket;
  private final MessageBuffer buffer;
  private final MessageAssembler messages = new MessageAssembler();
  private boolean disconnected;

  /**
   * @param number its index in {@link BenchRun#positions}
   * @param socket a newly opened WebSocket
   */
  BenchClient(
      BenchRun run,
      LoopCounts counts,
      int number,
      int account,
      WantedEvents wanted,
      WebSocket socket,
      MessageBuffer buffer) {
    this.run = run;
    this.counts = counts;
    this.number = number;
    this.account = account;
    this.check = new SequenceCheck(wanted);
    this.socket = socket;
    this.buffer = buffer;
    run.positions.set(number, check.next());
    socket.frameHandler(this::frame);
    socket.exceptionHandler(broken -> {});
    socket.closeHandler(closed -> end());
  }

  private void frame(WebSocketFrame frame) {
    Buffer message = messages.add(frame);
    if (message == null) {
      return;
    }
    byte[] bytes = buffer.of(message.length());
    message.getBytes(bytes, 0);
    message(bytes, message.length());
  }

  private void message(byte[] bytes, int length) {
    long sequence = run.ids.find(bytes, 0, length, account);
    if (sequence < 0 || sequence >= run.published.get(account)) {
      counts.wrong.increment();
      return;
    }
    long missing = check.missing();
    switch (check.accept(sequence)) {
      case WRONG -> counts.wrong.increment();
      case DUPLICATE -> counts.duplicated.increment();
      case LATE -> {
        counts.outOfOrder.increment();
        counts.missing.add(check.missing() - missing);
        delivered(sequence, length);
      }
      case AHEAD -> {
        counts.missing.add(check.missing() - missing);
        delivered(sequence, length);
      }
      case NEXT -> delivered(sequence, length);
    }
  }

  private void delivered(long sequence, int length) {
    long now = System.nanoTime();
    counts.deliveries.increment();
    counts.bytes.add(length);
    counts.lastNanos = now;
    run.positions.lazySet(number, check.next());
    long latency = run.latencyNanos(account, sequence, now);
    if (latency >= 0) {
      counts.latency.recordValue(LoopCounts.recordable(latency));
    }
  }

  private void end() {
    run.positions.set(number, WantedEvents.NEVER);
    counts.open.decrement();
    if (!disconnected) {
      Short code = socket.closeStatusCode();
      LoopCounts.count(counts.closed, Integer.toString(code == null ? ABNORMAL : code));
    }
  }

  /** Closes the connection. */
  void disconnect() {
    disconnected = true;
    if (!socket.isClosed()) {
      socket.close(NORMAL);
    }
  }

  /** Returns how many of the published events have not arrived. */
  long lost() {
    return check.lost(run.published.get(account));
  }

  /** Returns how many of the published events this client should receive. */
  long expected() {
    return check.expected(run.published.get(account));
  }
}
