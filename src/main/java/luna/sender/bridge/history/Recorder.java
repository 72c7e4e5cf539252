package luna.sender.bridge.history;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import luna.sender.config.HistorySettings;
import luna.sender.config.RedisAddress;
import luna.sender.metrics.Metrics;
import org.jspecify.annotations.Nullable;

/**
 * Records what publishers PUBLISH into the history of each account.
 *
 * <p>How: every node has a recorder, and each one receives all events ({@link EventSubscription}).
 * One of them has the lease ({@link RecorderLease}) and appends the events ({@link AppendQueue}).
 * The others keep the last seconds in memory ({@link HeardPayloads}). A recorder that acquires the
 * lease first appends what the streams lack ({@link Takeover}).
 *
 * <p>See: {@link RecorderRole} decides when it is the leader.
 *
 * <p>Owner: confined to its event loop.
 */
public final class Recorder extends VerticleBase {
  private final RedisAddress address;
  private final HistorySettings settings;
  private final Metrics metrics;
  private @Nullable RecorderRole role;

  public Recorder(RedisAddress address, HistorySettings settings, Metrics metrics) {
    this.address = address;
    this.settings = settings;
    this.metrics = metrics;
  }

  /** Succeeds immediately: a node starts without Redis. */
  @Override
  public Future<?> start() {
    metrics.recorder().enable();
    role = new RecorderRole(vertx, address, settings, metrics);
    role.start();
    return Future.succeededFuture();
  }

  /** Releases the lease, so that another node can take over immediately. */
  @Override
  public Future<?> stop() {
    return role == null ? Future.succeededFuture() : role.stop();
  }
}
