package luna.sender.bridge.history;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.util.concurrent.CompletableFuture;
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
 * <p>Why a Vert.x instance of its own: its event loop serves no clients. On a shared one, an event
 * would be recorded only after the events before it are written to thousands of clients, and so
 * would the lease be renewed.
 *
 * <p>See: {@link RecorderRole} decides when it is the leader.
 *
 * <p>Owner: confined to the event loop of its instance.
 */
public final class Recorder extends VerticleBase {
  private final RedisAddress address;
  private final HistorySettings settings;
  private final Metrics metrics;
  private @Nullable Vertx own;

  public Recorder(RedisAddress address, HistorySettings settings, Metrics metrics) {
    this.address = address;
    this.settings = settings;
    this.metrics = metrics;
  }

  /** Succeeds without Redis, because a node starts without it. */
  @Override
  public Future<?> start() {
    metrics.recorder().enable();
    // On another thread, because Vert.x warns of an instance that is created in a task of another.
    return Future.fromCompletionStage(CompletableFuture.supplyAsync(this::instance), context)
        .compose(
            recording -> {
              own = recording;
              return recording.deployVerticle(new Role());
            });
  }

  private Vertx instance() {
    Vertx recording =
        Vertx.vertx(
            new VertxOptions()
                .setEventLoopPoolSize(1)
                .setPreferNativeTransport(vertx.isNativeTransportEnabled()));
    recording.exceptionHandler(metrics.guard()::uncaught);
    return recording;
  }

  /** Releases the lease, so that another node can take over immediately. */
  @Override
  public Future<?> stop() {
    return own == null ? Future.succeededFuture() : own.close();
  }

  private final class Role extends VerticleBase {
    private @Nullable RecorderRole role;

    @Override
    public Future<?> start() {
      role = new RecorderRole(vertx, address, settings, metrics);
      role.start();
      return Future.succeededFuture();
    }

    @Override
    public Future<?> stop() {
      return role == null ? Future.succeededFuture() : role.stop();
    }
  }
}
