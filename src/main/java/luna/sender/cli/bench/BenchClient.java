package luna.sender.cli.bench;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketFrame;
import luna.sender.cli.client.MessageAssembler;

/**
 * One client: reads its WebSocket and checks what comes.
 *
 * <p>Owner: confined to its event loop.
 */
final class BenchClient {
  private static final short NORMAL = 1000;

  /** No close frame came: the connection broke. */
  private static final int ABNORMAL = 1006;

  /** Where a message lies while it is looked at: one for all clients of an event loop. */
  static final class Room {
    private byte[] bytes = new byte[1 << 14];

    byte[] of(int length) {
      if (length > bytes.length) {
        bytes = new byte[Math.max(length, 2 * bytes.length)];
      }
      return bytes;
    }
  }

  private final BenchRun run;
  private final LoopCounts tally;
  private final int number;
  private final int account;
  private final SequenceCheck check;
  private final WebSocket socket;
  private final Room room;
  private final MessageAssembler messages = new MessageAssembler();
  private boolean left;

  /**
   * @param number its place in {@link BenchRun#positions}
   * @param socket just opened
   */
  BenchClient(
      BenchRun run,
      LoopCounts tally,
      int number,
      int account,
      WantedEvents wanted,
      WebSocket socket,
      Room room) {
    this.run = run;
    this.tally = tally;
    this.number = number;
    this.account = account;
    this.check = new SequenceCheck(wanted);
    this.socket = socket;
    this.room = room;
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
    byte[] bytes = room.of(message.length());
    message.getBytes(bytes, 0);
    message(bytes, message.length());
  }

  private void message(byte[] bytes, int length) {
    long sequence = run.ids.find(bytes, 0, length, account);
    if (sequence < 0 || sequence >= run.published.get(account)) {
      tally.wrong.increment();
      return;
    }
    long missing = check.missing();
    switch (check.accept(sequence)) {
      case WRONG -> tally.wrong.increment();
      case DUPLICATE -> tally.duplicated.increment();
      case LATE -> {
        tally.outOfOrder.increment();
        tally.missing.add(check.missing() - missing);
        delivered(sequence, length);
      }
      case AHEAD -> {
        tally.missing.add(check.missing() - missing);
        delivered(sequence, length);
      }
      case NEXT -> delivered(sequence, length);
    }
  }

  private void delivered(long sequence, int length) {
    long now = System.nanoTime();
    tally.deliveries.increment();
    tally.bytes.add(length);
    tally.lastNanos = now;
    run.positions.lazySet(number, check.next());
    long latency = run.latencyNanos(account, sequence, now);
    if (latency >= 0) {
      tally.latency.recordValue(LoopCounts.recordable(latency));
    }
  }

  private void end() {
    run.positions.set(number, WantedEvents.NEVER);
    tally.open.decrement();
    if (!left) {
      Short code = socket.closeStatusCode();
      LoopCounts.count(tally.closed, Integer.toString(code == null ? ABNORMAL : code));
    }
  }

  /** Closes the connection. */
  void leave() {
    left = true;
    if (!socket.isClosed()) {
      socket.close(NORMAL);
    }
  }

  /** How many of the events that were published have not come. */
  long lost() {
    return check.lost(run.published.get(account));
  }

  /** How many of them it has to get. */
  long expected() {
    return check.expected(run.published.get(account));
  }
}
