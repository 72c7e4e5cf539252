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
 * Points on their way to InfluxDB, in the series of LUNA: {@code requests}, {@code errors} and
 * {@code ws_requests}.
 *
 * <p>Shape: {@value #LIMIT_BYTES} bytes at most; then the oldest points make room for new ones, and
 * are counted. A batch that is being written counts as gone until it is given back.
 *
 * <p>Owner: thread-safe.
 *
 * <p>Why no point has the time of another: the database takes two points of one series and one time
 * for the same. Why {@code ws_requests} are sums: a point for each delivery would be a million a
 * second.
 */
public final class InfluxPoints {
  public static final int LIMIT_BYTES = 4 << 20;
  static final int BATCH_POINTS = 5000;
  private static final int BATCH_BYTES = 1 << 20;

  /** More than threads and corrections by a time server put two readings apart. */
  private static final Duration FOLLOWED = Duration.ofSeconds(1);

  private static final String SERVICE = "luna-sender";

  private final TaggedCounter outcomes;
  private final InstantSource wall;
  private final AtomicLong lastNanos = new AtomicLong();
  private final Deque<byte[]> lines = new ArrayDeque<>();
  private long bytes;

  /**
   * @param outcomes what becomes of points
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
   * The time, in nanoseconds since 1970. No two calls get the same, unless the clock was set back
   * by more than {@link #FOLLOWED}: then the time follows, for points that stayed at the time of
   * before would all be dated wrong until the clock has caught up.
   */
  public long now() {
    Instant now = wall.instant();
    long nanos = now.getEpochSecond() * 1_000_000_000 + now.getNano();
    return lastNanos.updateAndGet(
        last -> last - nanos > FOLLOWED.toNanos() ? nanos : Math.max(last + 1, nanos));
  }

  /**
   * An answer to a request.
   *
   * @param route method and path of the operation, for what clients write would be series
   * @param errorCode LUNA's, or 0 for a request that did not fail
   * @param began from {@link #now}
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

  /** An account's deliveries since its last point. */
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
    makeRoom();
  }

  /** The oldest points, as many as one request should have; whoever takes them tells their end. */
  public synchronized List<byte[]> take() {
    // Nothing below allocates: a fault would lose the points that are taken already.
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

  /** The batch was not written, and is the first to be taken again. */
  public synchronized void giveBack(List<byte[]> batch) {
    for (int i = batch.size() - 1; i >= 0; i--) {
      lines.addFirst(batch.get(i));
      bytes += batch.get(i).length;
    }
    makeRoom();
  }

  public void written(int points) {
    outcomes.count("written", points);
  }

  /** The database will not have them. */
  public void refused(int points) {
    outcomes.count("refused", points);
  }

  /** Nobody will take what is left; says how many points that is. */
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

  public synchronized long waitingBytes() {
    return bytes;
  }

  private void makeRoom() {
    while (bytes > LIMIT_BYTES) {
      bytes -= lines.removeFirst().length;
      outcomes.count("dropped", 1);
    }
  }
}
