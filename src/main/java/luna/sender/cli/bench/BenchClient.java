package luna.sender.cli.bench;

import luna.sender.cli.bench.ClientLoop.ClientFilter;
import org.jspecify.annotations.Nullable;

/**
 * One client: checks each message of its connection.
 *
 * <p>Owner: confined to its event loop.
 */
final class BenchClient implements ClientConnection.Listener {
  private final BenchRun run;
  private final LoopCounts counts;
  private final int number;
  private final int account;
  private final String query;
  private final SequenceCheck check;
  private @Nullable ClientConnection connection;
  private boolean disconnected;

  /**
   * @param number its index in {@link BenchRun#positions}
   */
  BenchClient(BenchRun run, LoopCounts counts, int number, int account, ClientFilter filter) {
    this.run = run;
    this.counts = counts;
    this.number = number;
    this.account = account;
    this.query = filter.query();
    this.check = new SequenceCheck(filter.wanted());
  }

  int account() {
    return account;
  }

  /** Returns the query of its handshake. */
  String query() {
    return query;
  }

  /** Starts to receive from a new connection. */
  void open(ClientConnection opened) {
    connection = opened;
    counts.open.increment();
    run.positions.set(number, check.next());
    opened.receive(this);
  }

  boolean hasConnected() {
    return connection != null;
  }

  @Override
  public void onMessage(byte[] bytes, int from, int length) {
    long sequence = run.ids.find(bytes, from, from + length, account);
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

  @Override
  public void onEnd(int code) {
    run.positions.set(number, WantedEvents.NEVER);
    counts.open.decrement();
    if (!disconnected) {
      LoopCounts.count(counts.closed, Integer.toString(code));
    }
  }

  /** Closes the connection. */
  void disconnect() {
    disconnected = true;
    if (connection != null) {
      connection.close();
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
