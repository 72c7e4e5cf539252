package luna.sender.bridge;

import io.vertx.core.AsyncResult;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import luna.sender.config.RedisAddress;
import luna.sender.log.CauseText;
import luna.sender.log.RateLimitedLog;
import luna.sender.metrics.FaultGuard;
import luna.sender.metrics.GuardedTask;

/**
 * Reads the slot map of a Cluster at the start, whenever it may have changed, and until it is
 * applied completely; at most once in {@link #PAUSE}.
 *
 * <p>Errors: {@link #fault} if no node returns a slot map. It is read again until one does.
 *
 * <p>Owner: confined to its owner's event loop.
 */
final class SlotMapReader {
  private static final Duration PAUSE = Duration.ofMillis(250);
  private static final Duration TICK = Duration.ofMillis(50);

  /** Receives slot maps. */
  interface Listener {
    /** Applies a slot map. Returns false if it must be read again. */
    boolean apply(SlotMap map);

    /** Reports that {@link SlotMapReader#fault} has changed. */
    void readFailed();
  }

  private final RateLimitedLog log =
      RateLimitedLog.reminding(SlotMapReader.class, LinkFault.REMINDER);
  private final Vertx vertx;
  private final FaultGuard guard;
  private final RedisClients clients;
  private final int nodes;
  private final String name;
  private final Listener listener;

  private boolean reading;

  /** Whether the slot map may have changed. */
  private boolean stale = true;

  /** The earliest time of the next read. */
  private long readNanos = System.nanoTime();

  private int failedReads;
  private String fault = "";
  private boolean stopped;
  private long timer = -1;

  /**
   * @param name of its owner, for the log
   */
  SlotMapReader(
      Vertx vertx, FaultGuard guard, RedisAddress address, String name, Listener listener) {
    this.vertx = vertx;
    this.guard = guard;
    this.clients = new RedisClients(vertx, address);
    this.nodes = address.cluster().nodes().size();
    this.name = name;
    this.listener = listener;
  }

  void start() {
    timer = guard.periodic(vertx, GuardedTask.REDIS_SLOTS, TICK, this::tick);
    read();
  }

  void stop() {
    stopped = true;
    vertx.cancelTimer(timer);
  }

  /** Returns why no slot map could be read, or an empty text. */
  String fault() {
    return fault;
  }

  /** Schedules a read, because the slot map may have changed. */
  void schedule() {
    if (!stale) {
      // With jitter, because all bridges of all nodes detect a failed master at the same time.
      long delay = PAUSE.toMillis() + ThreadLocalRandom.current().nextLong(PAUSE.toMillis());
      readNanos = System.nanoTime() + Duration.ofMillis(delay).toNanos();
      stale = true;
    }
  }

  private void tick() {
    if (stale && !reading && !stopped && System.nanoTime() - readNanos >= 0) {
      read();
    }
  }

  private void read() {
    guard.ask(
        GuardedTask.REDIS_SLOTS,
        () -> {
          reading = true;
          stale = false;
          return clients.slots();
        },
        this::answered);
  }

  private void answered(AsyncResult<SlotMap> answer) {
    reading = false;
    if (stopped) {
      return;
    }
    boolean settled = false;
    try {
      if (answer.succeeded()) {
        failedReads = 0;
        fault = "";
        settled = listener.apply(answer.result());
      } else if (++failedReads >= nodes) {
        failed(answer.cause());
      }
    } finally {
      if (!settled) {
        schedule();
      }
    }
  }

  /**
   * Reports that all nodes have failed. A single node without an answer is normal and is not
   * reported.
   */
  private void failed(Throwable cause) {
    fault = CommandPermissions.excerpt(CauseText.of(cause));
    listener.readFailed();
    log.atWarn("slots")
        .addKeyValue("connection", name)
        .addKeyValue("cause", CauseText.of(cause))
        .log("No Cluster node returned a slot map; retrying");
  }
}
