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
 * The limits of this process, and who is in.
 *
 * <p>Shape: a dry run counts and logs what is over a configured limit and lets it in, as far as
 * there are descriptors.
 *
 * <p>Errors: {@link LimitExceeded}.
 *
 * <p>Owner: thread-safe; one for all event loops.
 */
public final class Admission {
  private static final Logger LOG = LoggerFactory.getLogger(Admission.class);

  /** Others stay for long, so to come back soon is no use. */
  private static final Duration UNTIL_SOMEBODY_LEAVES = Duration.ofSeconds(5);

  /** Less than the descriptors in reserve. */
  private static final int MOST_OWED = 32;

  private final LimitSettings settings;
  private final FaultGuard guard;
  private final Capacity wanted;
  private final Capacity bearable;
  private final LimitReporter refusals;
  private final ClientAddress addresses;
  private final @Nullable HandshakeRate rate;
  private final AtomicInteger httpConnections = new AtomicInteger();
  private final AtomicInteger upgraded = new AtomicInteger();
  private final AtomicInteger owed = new AtomicInteger();
  private final AtomicInteger places = new AtomicInteger();
  private final KeyedCounts<String> accounts = new KeyedCounts<>();
  private final KeyedCounts<Long> clients = new KeyedCounts<>();
  private final KeyedCounts<String> statistics = new KeyedCounts<>();
  private final FilterBudget filters;

  /**
   * What a handshake takes beside its connection.
   *
   * @param stats whether it asks for statistics
   * @param filterValues how many values its filter lists
   * @param filterBytes the memory that its filter will take
   */
  public record Needs(boolean stats, int filterValues, long filterBytes) {}

  /**
   * @param reserve descriptors that this process needs for other things than connections
   */
  public Admission(LimitSettings settings, int reserve, Metrics metrics) {
    long descriptors = Capacity.freeDescriptors() - reserve;
    this.settings = settings;
    this.guard = metrics.guard();
    this.wanted = Capacity.of(settings, descriptors);
    this.bearable = Capacity.bearable(descriptors);
    this.refusals = new LimitReporter(metrics, settings.dryRun());
    this.addresses = new ClientAddress(settings);
    this.filters = new FilterBudget(settings, Runtime.getRuntime().maxMemory(), metrics.filters());
    this.rate =
        settings.handshakesPerSecond() == 0
            ? null
            : new HandshakeRate(
                settings.handshakesPerSecond(), settings.handshakesBurst(), System.nanoTime());
    if (settings.connections() > wanted.connections()) {
      LOG.atWarn()
          .addKeyValue("wanted", settings.connections())
          .addKeyValue("limit", wanted.connections())
          .log("CONNECTIONS is more than the open files of this process allow; raise ulimit -n");
    }
    LOG.atInfo()
        .addKeyValue("connections", (settings.dryRun() ? bearable : wanted).connections())
        .addKeyValue("open_files", wanted.total())
        .log("Room for clients");
  }

  /** A connection has come; says whether there is room for it. It counts until it has gone. */
  public boolean connected() {
    int count = httpConnections.incrementAndGet();
    int all = count + upgraded.get();
    boolean fits = count <= wanted.httpConnections() && all <= wanted.total();
    if (!fits) {
      refusals.note(Limit.HTTP_CONNECTIONS);
    }
    return fits || (settings.dryRun() && all <= bearable.total());
  }

  /** One connection too many may stay, where another event loop can close an idle one for it. */
  public boolean owe() {
    if (owed.incrementAndGet() <= MOST_OWED) {
      return true;
    }
    owed.decrementAndGet();
    return false;
  }

  /** Whether the caller has to close an idle connection, for one that stayed elsewhere. */
  public boolean pay() {
    return owed.getAndUpdate(debts -> Math.max(0, debts - 1)) > 0;
  }

  /** A connection has gone, or become a WebSocket. */
  public void disconnected() {
    httpConnections.decrementAndGet();
  }

  /** Where a request comes from, as far as a limit depends on it. */
  public long client(SocketAddress peer, MultiMap headers) {
    return settings.looksAtAddresses() ? addresses.of(peer, headers) : ClientAddress.NOWHERE;
  }

  /** A handshake has come, and nothing is known of it but where from. */
  public void ask(long client) {
    if (rate == null || client == ClientAddress.NOWHERE) {
      return;
    }
    long waitNanos = rate.take(client, System.nanoTime());
    if (waitNanos > 0) {
      exceeded(Limit.HANDSHAKES_PER_SECOND, Duration.ofNanos(waitNanos));
    }
  }

  /**
   * A handshake is as it should be: takes a place for it, which its connection has to leave.
   *
   * @param needs what it takes beside its connection
   */
  public Place enter(String account, long client, Needs needs) {
    if (settings.filterValuesPerConnection() > 0
        && needs.filterValues > settings.filterValuesPerConnection()) {
      exceeded(Limit.FILTER_VALUES_PER_CONNECTION, Duration.ZERO);
    }
    Place place = new Place(account, client, needs);
    try {
      place.take();
    } catch (Throwable refused) {
      place.leave();
      throw refused;
    }
    return place;
  }

  /** Runs background work of those that admit. */
  public FaultGuard guard() {
    return guard;
  }

  /** Counts a refusal that a dry run does not lift: there is no room. */
  LimitExceeded refuse(Limit limit, Duration wait) {
    refusals.note(limit);
    return new LimitExceeded(limit, wait);
  }

  /** The filters of an account take so much more memory, or less with a negative number. */
  public void useFilterBytes(String account, long bytes) {
    filters.use(account, bytes);
  }

  private void exceeded(Limit limit, Duration wait) {
    refusals.note(limit);
    if (!settings.dryRun()) {
      throw new LimitExceeded(limit, wait);
    }
  }

  /** A place of a WebSocket. Confined to its event loop. */
  public final class Place {
    private final String account;
    private final long client;
    private final Needs needs;

    // Where it counts, so that it leaves there and nowhere else.
    private boolean inAll;
    private boolean inAccount;
    private boolean inClient;
    private boolean inStats;

    /** For a filter that its index does not count yet. */
    private long reservedBytes;

    private boolean open;
    private boolean left;

    private Place(String account, long client, Needs needs) {
      this.account = account;
      this.client = client;
      this.needs = needs;
    }

    /** Counts first and looks then, so that two at once don't both take the last place. */
    private void take() {
      int all = places.incrementAndGet();
      inAll = true;
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
      if (all > wanted.connections()) {
        exceeded(Limit.CONNECTIONS, UNTIL_SOMEBODY_LEAVES);
        if (all > bearable.connections()) {
          throw new LimitExceeded(Limit.CONNECTIONS, UNTIL_SOMEBODY_LEAVES);
        }
      }
      if (ofAccount > settings.connectionsPerAccount()) {
        exceeded(Limit.CONNECTIONS_PER_ACCOUNT, UNTIL_SOMEBODY_LEAVES);
      }
      if (ofClient > settings.connectionsPerAddress()) {
        exceeded(Limit.CONNECTIONS_PER_ADDRESS, UNTIL_SOMEBODY_LEAVES);
      }
      if (withStats > settings.statsPerAccount()) {
        exceeded(Limit.STATS_PER_ACCOUNT, UNTIL_SOMEBODY_LEAVES);
      }
      if (reservedBytes > 0) {
        checkFilters();
      }
    }

    private void checkFilters() {
      if (filters.isOver(account)) {
        exceeded(Limit.FILTER_BYTES_PER_ACCOUNT, UNTIL_SOMEBODY_LEAVES);
      }
      if (filters.isOverInAll(account)) {
        exceeded(Limit.FILTER_BYTES, UNTIL_SOMEBODY_LEAVES);
        if (filters.isUnbearable()) {
          throw new LimitExceeded(Limit.FILTER_BYTES, UNTIL_SOMEBODY_LEAVES);
        }
      }
    }

    private void endReservation() {
      filters.use(account, -reservedBytes);
      reservedBytes = 0;
    }

    /** The connection is a WebSocket now. */
    public void opened() {
      if (!left && !open) {
        open = true;
        endReservation();
        upgraded.incrementAndGet();
      }
    }

    /** The handshake has failed, or the WebSocket has gone; once. */
    public void leave() {
      if (left) {
        return;
      }
      left = true;
      if (inAll) {
        places.decrementAndGet();
      }
      endReservation();
      if (open) {
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
