package luna.sender.admission;

import io.vertx.core.MultiMap;
import io.vertx.core.net.SocketAddress;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import luna.sender.config.LimitSettings;
import luna.sender.metrics.FaultGuard;
import luna.sender.metrics.Metrics;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Enforces the limits of this process on connections and filters, and counts current connections.
 * {@link Reservation#take} has the limits per node, account and address.
 *
 * <p>How: a dry run counts and logs what exceeds a configured limit, but admits it as long as file
 * descriptors are available.
 *
 * <p>See: {@code api.HandshakeRateHandler} calls {@link #checkHandshakeRate}, {@code api.Streams}
 * calls {@link #enter}, {@code http.ConnectionTimeouts} the methods for HTTP connections. {@link
 * WorkQueue} limits token checks and explanations.
 *
 * <p>Errors: {@link LimitExceeded}.
 *
 * <p>Owner: thread-safe; shared by all event loops.
 */
public final class Admission {
  private static final Logger LOG = LoggerFactory.getLogger(Admission.class);

  /** Connections are long-lived; retrying sooner is pointless. */
  private static final Duration RETRY_DELAY = Duration.ofSeconds(5);

  /** The file descriptors for these connections come from those reserved for other files. */
  private static final int MAX_OVERBOOKED = 32;

  private final LimitSettings settings;
  private final FaultGuard guard;
  private final Capacity configured;
  private final Capacity hardLimit;
  private final LimitReporter reporter;
  private final ClientAddress addresses;
  private final @Nullable HandshakeRate rate;
  private final AtomicInteger httpConnections = new AtomicInteger();
  private final AtomicInteger upgraded = new AtomicInteger();
  private final AtomicInteger overbooked = new AtomicInteger();
  private final AtomicInteger places = new AtomicInteger();
  private final KeyedCounts<String> accounts = new KeyedCounts<>();
  private final KeyedCounts<Long> clients = new KeyedCounts<>();
  private final KeyedCounts<String> statistics = new KeyedCounts<>();
  private final FilterBudget filters;

  /**
   * The resources that a handshake needs in addition to its connection.
   *
   * @param stats whether it requests statistics
   * @param filterValues the number of values in its filter
   * @param filterBytes the memory that its filter will use
   */
  public record Needs(boolean stats, int filterValues, long filterBytes) {}

  /**
   * @param reserve file descriptors that this process needs for other purposes than connections
   */
  public Admission(LimitSettings settings, int reserve, Metrics metrics) {
    long descriptors = Capacity.freeDescriptors() - reserve;
    this.settings = settings;
    this.guard = metrics.guard();
    this.configured = Capacity.of(settings, descriptors);
    this.hardLimit = Capacity.hardLimit(descriptors);
    this.reporter = new LimitReporter(metrics, settings.dryRun());
    this.addresses = new ClientAddress(settings);
    this.filters = new FilterBudget(settings, Runtime.getRuntime().maxMemory(), metrics.filters());
    this.rate =
        settings.handshakesPerSecond() == 0
            ? null
            : new HandshakeRate(
                settings.handshakesPerSecond(), settings.handshakesBurst(), System.nanoTime());
  }

  /** Logs the limits of connections. */
  public void logLimits() {
    if (settings.connections() > configured.connections()) {
      LOG.atWarn()
          .addKeyValue("wanted", settings.connections())
          .addKeyValue("limit", configured.connections())
          .log("CONNECTIONS exceeds the open-file limit of this process; raise ulimit -n");
    }
    LOG.atInfo()
        .addKeyValue("connections", (settings.dryRun() ? hardLimit : configured).connections())
        .addKeyValue("open_files", configured.total())
        .log("Connection limits");
  }

  /**
   * Counts a new connection, until {@link #disconnected}. Returns whether it is within the limits.
   */
  public boolean connected() {
    int count = httpConnections.incrementAndGet();
    int all = count + upgraded.get();
    boolean fits = count <= configured.httpConnections() && all <= configured.total();
    if (!fits) {
      reporter.report(Limit.HTTP_CONNECTIONS);
    }
    return fits || (settings.dryRun() && all <= hardLimit.total());
  }

  /**
   * Admits one connection above the limit, or returns false if there are already too many above it.
   * The caller's event loop has no idle connection to close; the next loop that has one closes it
   * in {@link #reclaim}.
   */
  public boolean overbook() {
    if (overbooked.incrementAndGet() <= MAX_OVERBOOKED) {
      return true;
    }
    overbooked.decrementAndGet();
    return false;
  }

  /**
   * Returns whether the caller must close an idle connection, because another event loop has
   * overbooked.
   */
  public boolean reclaim() {
    return overbooked.getAndUpdate(count -> Math.max(0, count - 1)) > 0;
  }

  /** Uncounts a connection that has closed or belongs to one client now. */
  public void disconnected() {
    httpConnections.decrementAndGet();
  }

  /** Returns a new HTTP/2 connection, which carries no streams yet. */
  public SharedConnection share() {
    return new SharedConnection();
  }

  /**
   * Returns the client address of a request, or {@link ClientAddress#NOWHERE} if no limit depends
   * on it.
   */
  public long client(SocketAddress peer, MultiMap headers) {
    return settings.usesAddresses() ? addresses.of(peer, headers) : ClientAddress.NOWHERE;
  }

  /** Returns the client address of a request as text; empty if it has none. */
  public String clientText(SocketAddress peer, MultiMap headers) {
    return addresses.text(peer, headers);
  }

  /**
   * Counts a handshake against the rate of its address. Throws {@link LimitExceeded} if the rate is
   * exceeded.
   */
  public void checkHandshakeRate(long client) {
    if (rate == null || client == ClientAddress.NOWHERE) {
      return;
    }
    long waitNanos = rate.take(client, System.nanoTime());
    if (waitNanos > 0) {
      exceeded(Limit.HANDSHAKES_PER_SECOND, Duration.ofNanos(waitNanos));
    }
  }

  /**
   * Reserves the resources of a valid handshake. Its connection must release the reservation with
   * {@link Reservation#leave}.
   *
   * @param needs the resources in addition to its connection
   */
  public Reservation enter(String account, long client, Needs needs) {
    if (settings.filterValuesPerConnection() > 0
        && needs.filterValues > settings.filterValuesPerConnection()) {
      exceeded(Limit.FILTER_VALUES_PER_CONNECTION, Duration.ZERO);
    }
    Reservation reservation = new Reservation(account, client, needs);
    try {
      reservation.take();
    } catch (Throwable refused) {
      reservation.leave();
      throw refused;
    }
    return reservation;
  }

  /** Returns the guard for background work. */
  public FaultGuard guard() {
    return guard;
  }

  /** Counts and returns a rejection that applies in a dry run too, because there is no capacity. */
  LimitExceeded reject(Limit limit, Duration wait) {
    reporter.report(limit);
    return new LimitExceeded(limit, wait);
  }

  /** Adds to the memory used by the filters of an account. A negative number subtracts. */
  public void useFilterBytes(String account, long bytes) {
    filters.use(account, bytes);
  }

  private void exceeded(Limit limit, Duration wait) {
    reporter.report(limit);
    if (!settings.dryRun()) {
      throw new LimitExceeded(limit, wait);
    }
  }

  /**
   * An HTTP/2 connection, which carries any number of streams of events but has one file
   * descriptor. While it carries any, it counts as a client's connection, not as an HTTP
   * connection. Confined to its event loop.
   */
  public final class SharedConnection {
    private int streams;

    /** Returns whether it carries no streams. */
    public boolean isUnused() {
      return streams == 0;
    }

    private void enter() {
      if (++streams == 1) {
        upgraded.incrementAndGet();
        httpConnections.decrementAndGet();
      }
    }

    private void leave() {
      if (--streams == 0) {
        httpConnections.incrementAndGet();
        upgraded.decrementAndGet();
      }
    }
  }

  /** The reservation of one client in all counts. Confined to its event loop. */
  public final class Reservation {
    private final String account;
    private final long client;
    private final Needs needs;

    // The counts that include this WebSocket, so that it is removed from exactly those.
    private boolean inTotal;
    private boolean inAccount;
    private boolean inClient;
    private boolean inStats;

    /** Memory reserved for a filter that is not yet in the filter index, which counts it later. */
    private long reservedBytes;

    private boolean open;
    private boolean left;

    /** Null for a client with a connection of its own. */
    private @Nullable SharedConnection shared;

    private Reservation(String account, long client, Needs needs) {
      this.account = account;
      this.client = client;
      this.needs = needs;
    }

    /**
     * Increments all counts before it checks them, so that two concurrent handshakes cannot both
     * get the last reservation.
     */
    private void take() {
      int all = places.incrementAndGet();
      inTotal = true;
      boolean countsAccount = settings.connectionsPerAccount() > 0;
      int ofAccount = countsAccount ? accounts.enter(account) : 0;
      inAccount = countsAccount;
      boolean countsClient =
          settings.connectionsPerAddress() > 0 && client != ClientAddress.NOWHERE;
      int ofClient = countsClient ? clients.enter(client) : 0;
      inClient = countsClient;
      boolean countsStats = settings.statsPerAccount() > 0 && needs.stats;
      int withStats = countsStats ? statistics.enter(account) : 0;
      inStats = countsStats;
      filters.use(account, needs.filterBytes);
      reservedBytes = needs.filterBytes;
      if (all > configured.connections()) {
        exceeded(Limit.CONNECTIONS, RETRY_DELAY);
        if (all > hardLimit.connections()) {
          throw new LimitExceeded(Limit.CONNECTIONS, RETRY_DELAY);
        }
      }
      if (ofAccount > settings.connectionsPerAccount()) {
        exceeded(Limit.CONNECTIONS_PER_ACCOUNT, RETRY_DELAY);
      }
      if (ofClient > settings.connectionsPerAddress()) {
        exceeded(Limit.CONNECTIONS_PER_ADDRESS, RETRY_DELAY);
      }
      if (withStats > settings.statsPerAccount()) {
        exceeded(Limit.STATS_PER_ACCOUNT, RETRY_DELAY);
      }
      if (reservedBytes > 0) {
        checkFilters();
      }
    }

    private void checkFilters() {
      if (filters.isOver(account)) {
        exceeded(Limit.FILTER_BYTES_PER_ACCOUNT, RETRY_DELAY);
      }
      if (filters.isOverTotal(account)) {
        exceeded(Limit.FILTER_BYTES, RETRY_DELAY);
        if (filters.isOverHardLimit()) {
          throw new LimitExceeded(Limit.FILTER_BYTES, RETRY_DELAY);
        }
      }
    }

    private void endReservation() {
      filters.use(account, -reservedBytes);
      reservedBytes = 0;
    }

    /**
     * Marks the connection as one of a client.
     *
     * @param on the connection that carries the client's stream; null if the client has its own
     */
    public void opened(@Nullable SharedConnection on) {
      if (left || open) {
        return;
      }
      open = true;
      shared = on;
      endReservation();
      if (on == null) {
        upgraded.incrementAndGet();
      } else {
        on.enter();
      }
    }

    /** Releases the reservation after a failed handshake or the end of the client. Idempotent. */
    public void leave() {
      if (left) {
        return;
      }
      left = true;
      if (inTotal) {
        places.decrementAndGet();
      }
      endReservation();
      if (shared != null) {
        shared.leave();
      } else if (open) {
        upgraded.decrementAndGet();
      }
      if (inAccount) {
        accounts.leave(account);
      }
      if (inClient) {
        clients.leave(client);
      }
      if (inStats) {
        statistics.leave(account);
      }
    }
  }
}
