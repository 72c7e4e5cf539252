package luna.sender.cli.bench;

import luna.sender.cli.bench.ClientLoop.ClientFilter;
import org.jspecify.annotations.Nullable;

/**
 * One client: checks each message of its connection, and of those that follow in a storm.
 *
 * <p>Owner: confined to its event loop.
 */
final class BenchClient {
  private final BenchRun run;
  private final LoopCounts counts;
  private final int number;
  private final int account;
  private final String filter;
  private final SequenceCheck check;
  private final LastPosition position = new LastPosition();

  /** The current connection; null before the first and while there is none. */
  private @Nullable Link link;

  /** The storm in which it has lost its connection, or null. */
  private @Nullable StormLoop storm;

  /** Whether it has lost its connection in the storm and is not back yet. */
  private boolean returning;

  /** Whether the current connection continues after a position. */
  private boolean resumed;

  /** Whether an event has arrived on the current connection. */
  private boolean hasReceived;

  private boolean connected;
  private boolean disconnected;

  /** A connection, from which messages are ignored as soon as the client has another or none. */
  private final class Link implements ClientConnection.Listener {
    private final ClientConnection connection;

    Link(ClientConnection connection) {
      this.connection = connection;
    }

    @Override
    public void onMessage(byte[] bytes, int from, int length) {
      if (link == this) {
        message(bytes, from, length);
      }
    }

    @Override
    public void onNotice(byte[] bytes, int from, int length) {
      if (link == this) {
        notice(bytes, from, length);
      }
    }

    @Override
    public void onPosition(byte[] bytes, int from, int length) {
      if (link == this) {
        position.set(bytes, from, from + length);
      }
    }

    @Override
    public void onEnd(int code) {
      counts.open.decrement();
      if (link == this) {
        ended(code);
      }
    }
  }

  /**
   * @param number its index in {@link BenchRun#positions}
   */
  BenchClient(BenchRun run, LoopCounts counts, int number, int account, ClientFilter filter) {
    this.run = run;
    this.counts = counts;
    this.number = number;
    this.account = account;
    this.filter = filter.query();
    this.check = new SequenceCheck(filter.wanted());
  }

  int account() {
    return account;
  }

  /** Returns its filter, as a query. */
  String filter() {
    return filter;
  }

  /** Returns where its next connection continues, or an empty text: at new events. */
  String after() {
    return returning ? position.text() : "";
  }

  /** Starts to receive from a new connection. */
  void open(ClientConnection connection) {
    Link opened = new Link(connection);
    link = opened;
    connected = true;
    hasReceived = false;
    resumed = returning && position.isKnown();
    counts.open.increment();
    if (returning && !resumed) {
      check.skip(run.published.get(account));
      back();
    }
    run.positions.set(number, check.next());
    connection.receive(opened);
    if (disconnected) {
      connection.close();
    }
  }

  private void message(byte[] bytes, int from, int length) {
    long sequence = run.ids.find(bytes, from, from + length, account);
    if (sequence == EventIds.NONE && run.hasPositions() && notice(bytes, from, length)) {
      return;
    }
    if (sequence < 0 || sequence >= run.published.get(account)) {
      counts.wrong.increment();
      return;
    }
    if (run.hasPositions()) {
      position.read(bytes, from, from + length);
    }
    long missing = check.missing();
    switch (check.accept(sequence)) {
      case WRONG -> counts.wrong.increment();
      case DUPLICATE -> duplicated();
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

  private void duplicated() {
    counts.duplicated.increment();
    if (storms()) {
      counts.storm.duplicated.increment();
    }
  }

  private void delivered(long sequence, int length) {
    long now = System.nanoTime();
    counts.deliveries.increment();
    counts.bytes.add(length);
    counts.lastNanos = now;
    run.positions.lazySet(number, check.next());
    hasReceived = true;
    if (returning) {
      counts.storm.replayed.increment();
      return;
    }
    long latency = run.latencyNanos(account, sequence, now);
    if (latency >= 0) {
      long recordable = LoopCounts.recordable(latency);
      counts.latency.recordValue(recordable);
      if (run.hasStorm() && !storms()) {
        counts.storm.stayed.recordValue(recordable);
      }
    }
  }

  /** Handles a message about the history. Returns whether it is one. */
  private boolean notice(byte[] bytes, int from, int length) {
    Notice kind = Notice.of(bytes, from, length);
    if (kind == null) {
      return false;
    }
    switch (kind) {
      case RESUME -> LoopCounts.count(counts.storm.outcomes, Notice.outcome(bytes, from, length));
      case LIVE -> {
        position.read(bytes, from, from + length);
        back();
      }
      case POSITION -> position.read(bytes, from, from + length);
      case GAP -> {} // The outcome says the same.
    }
    return true;
  }

  private void back() {
    if (returning && storm != null) {
      returning = false;
      storm.back(resumed);
    }
  }

  private void ended(int code) {
    link = null;
    run.positions.set(number, WantedEvents.NEVER);
    if (disconnected) {
      return;
    }
    if (storm != null && !returning && !hasReceived) {
      // The server has accepted the client only to send it away.
      returning = true;
      storm.notBack(resumed);
    }
    if (storm != null && returning) {
      storm.closed(this, code);
    } else {
      LoopCounts.count(counts.closed, Integer.toString(code));
    }
  }

  /** Returns whether it loses its connection in the storm. */
  boolean storms() {
    return run.storming.get(number);
  }

  boolean isOpen() {
    return link != null;
  }

  /** Loses its connection in a storm. */
  void drop(StormLoop begun) {
    storm = begun;
    returning = true;
    if (link != null) {
      ClientConnection lost = link.connection;
      link = null;
      run.positions.set(number, WantedEvents.NEVER);
      lost.drop();
    }
  }

  /** Closes the connection. */
  void disconnect() {
    disconnected = true;
    if (link != null) {
      link.connection.close();
    }
  }

  /** Returns whether a handshake has succeeded. */
  boolean hasConnected() {
    return connected;
  }

  /** Returns how many of the published events have not arrived. */
  long lost() {
    return check.lost(run.published.get(account));
  }

  /** Returns how many of the published events this client should receive. */
  long expected() {
    return check.expected(run.published.get(account));
  }

  /** Returns how many events were published while it was disconnected, and could not arrive. */
  long missed() {
    return check.missed();
  }
}
