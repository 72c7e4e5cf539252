package luna.sender.metrics;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A queue of points for InfluxDB, in the series of LUNA: {@code requests}, {@code errors} and
 * {@code ws_requests}.
 *
 * <p>Shape: at most {@value #LIMIT_BYTES} bytes; above that, the oldest points are dropped and
 * counted. A taken batch does not count until it is requeued.
 *
 * <p>Owner: thread-safe.
 *
 * <p>Why each point has its own time: the database treats two points with the same series and time
 * as one. Why {@code ws_requests} are sums: one point for each delivery could be a million points a
 * second.
 */
public final class InfluxPoints {
  public static final int LIMIT_BYTES = 4 << 20;
  static final int BATCH_POINTS = 5000;
  private static final int BATCH_BYTES = 1 << 20;

  /** Longer than the differences that threads and time servers cause between two readings. */
  private static final Duration SET_BACK = Duration.ofSeconds(1);

  private static final String SERVICE = "luna-sender";

  private final TaggedCounter outcomes;
  private final InstantSource wall;
  private final AtomicLong lastNanos = new AtomicLong();
  private final Deque<byte[]> lines = new ArrayDeque<>();
  private long bytes;

  /**
   * @param outcomes counts points by outcome
   */
  InfluxPoints(TaggedCounter outcomes) {
    this(outcomes, InstantSource.system());
  }

  InfluxPoints(TaggedCounter outcomes, InstantSource wall) {
    this.outcomes = outcomes;
    this.wall = wall;
    outcomes.expect(List.of("written", "dropped", "refused"));
  }

  /**
   * Returns the time in nanoseconds since 1970, unique for each call. If the clock is set back by
   * more than {@link #SET_BACK}, the result follows it; else all points would have wrong times
   * until the clock had caught up.
   */
  public long now() {
    Instant now = wall.instant();
    long nanos = now.getEpochSecond() * 1_000_000_000 + now.getNano();
    return lastNanos.updateAndGet(
        last -> last - nanos > SET_BACK.toNanos() ? nanos : Math.max(last + 1, nanos));
  }

  /**
   * Adds a point for a finished request, and one for its error.
   *
   * @param route method and path of the operation; the URL of the client would create unlimited
   *     series
   * @param errorCode the error code of LUNA, or 0 for a success
   * @param began the start, from {@link #now}
   */
  public void request(
      String route, int status, int errorCode, String requestId, long began, long nanos) {
    String statusCode = Integer.toString(status);
    add(
        new PointBuilder("requests")
            .tag("route", route)
            .tag("service", SERVICE)
            .tag("status_code", statusCode)
            .field("request_id", requestId)
            .seconds("execution_time", nanos)
            .at(began));
    if (errorCode != 0) {
      add(
          new PointBuilder("errors")
              .tag("error_code", Integer.toString(errorCode))
              .tag("route", route)
              .tag("service", SERVICE)
              .tag("status_code", statusCode)
              .field("request_id", requestId)
              .at(began));
    }
  }

  /** Adds a point for an account's deliveries since its last point. */
  void delivered(String account, DeliveryTimes.Sum sum) {
    add(
        new PointBuilder("ws_requests")
            .tag("account_id", account)
            .tag("service", SERVICE)
            .field("count", sum.count())
            .seconds("transport_time", sum.meanNanos())
            .seconds("transport_time_max", sum.longestNanos())
            .at(now()));
  }

  private synchronized void add(byte[] line) {
    lines.addLast(line);
    bytes += line.length;
    dropOldest();
  }

  /**
   * Removes and returns the oldest points, as many as one request may have. The caller must report
   * them as written or rejected, or requeue them.
   */
  public synchronized List<byte[]> take() {
    // Nothing below allocates: a fault would lose the points that are already taken.
    List<byte[]> batch = new ArrayList<>(Math.min(lines.size(), BATCH_POINTS));
    int taken = 0;
    while (!lines.isEmpty()
        && batch.size() < BATCH_POINTS
        && taken + lines.getFirst().length <= BATCH_BYTES) {
      byte[] line = lines.removeFirst();
      taken += line.length;
      batch.add(line);
    }
    bytes -= taken;
    return batch;
  }

  /** Puts back a batch that was not written, before all other points. */
  public synchronized void requeue(List<byte[]> batch) {
    for (int i = batch.size() - 1; i >= 0; i--) {
      lines.addFirst(batch.get(i));
      bytes += batch.get(i).length;
    }
    dropOldest();
  }

  public void written(int points) {
    outcomes.count("written", points);
  }

  /** Counts points that the database rejected. */
  public void refused(int points) {
    outcomes.count("refused", points);
  }

  /** Drops all points. Returns how many there were. */
  public synchronized int dropAll() {
    int left = lines.size();
    lines.clear();
    bytes = 0;
    outcomes.count("dropped", left);
    return left;
  }

  public synchronized int waiting() {
    return lines.size();
  }

  public synchronized long queuedBytes() {
    return bytes;
  }

  private void dropOldest() {
    while (bytes > LIMIT_BYTES) {
      bytes -= lines.removeFirst().length;
      outcomes.count("dropped", 1);
    }
  }
}
