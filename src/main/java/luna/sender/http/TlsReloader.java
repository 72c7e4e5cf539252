package luna.sender.http;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.ServerSSLOptions;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.function.Function;
import luna.sender.config.ConfigException;
import luna.sender.http.TlsIdentity.Contents;
import luna.sender.metrics.FaultGuard;
import luna.sender.metrics.GuardedTask;
import luna.sender.metrics.Metrics;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes a new certificate into use when its files change, and warns before one expires.
 *
 * <p>Shape: the files' contents are compared, not their times: Kubernetes swaps a symbolic link far
 * above them. New connections get the new certificate; those that are there go on with theirs.
 *
 * <p>Errors: what can't be used is a WARN once it has been the same for two looks, for files are
 * not written all at once; the certificate in use stays.
 *
 * <p>Owner: confined to its event loop; files are read on a worker thread.
 */
public final class TlsReloader extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(TlsReloader.class);
  private static final Duration EXPIRY_WARNING = Duration.ofDays(14);
  private static final Duration EXPIRY_CHECK = Duration.ofDays(1);

  private final Function<ServerSSLOptions, Future<Boolean>> server;
  private final Metrics metrics;
  private final FaultGuard guard;
  private TlsIdentity current;
  private boolean looking;

  /** What was found by the last look and can't be used, and whether that was told. */
  private @Nullable Refusal refused;

  private record Refusal(@Nullable Contents contents, String why, boolean told) {}

  /** What a look has found: files that are the same, or what they come to. */
  private record Look(@Nullable Contents contents, @Nullable TlsIdentity identity, String why) {}

  /**
   * @param current what the server has begun with
   * @param server takes options into use for new connections
   */
  public TlsReloader(
      TlsIdentity current, Function<ServerSSLOptions, Future<Boolean>> server, Metrics metrics) {
    this.current = current;
    this.server = server;
    this.metrics = metrics;
    this.guard = metrics.guard();
  }

  @Override
  public Future<?> start() {
    inUse();
    guard.periodic(vertx, GuardedTask.TLS_EXPIRY, EXPIRY_CHECK, this::warnOfExpiry);
    Duration interval = current.settings().reloadInterval();
    if (!interval.isZero()) {
      guard.periodic(vertx, GuardedTask.TLS_LOOK, interval, this::look);
    }
    return Future.succeededFuture();
  }

  private void look() {
    if (looking) {
      return;
    }
    TlsIdentity before = current;
    guard.ask(
        GuardedTask.TLS_LOOK,
        () -> {
          looking = true;
          return vertx.executeBlocking(() -> look(before)).compose(this::take);
        },
        taken -> {
          looking = false;
          if (taken.failed()) {
            LOG.atError().setCause(taken.cause()).log("TLS certificate could not be renewed");
          }
        });
  }

  private static Look look(TlsIdentity before) {
    Contents contents = null;
    try {
      contents = Contents.read(before.settings());
      return contents.equals(before.contents())
          ? new Look(contents, null, "")
          : new Look(contents, TlsIdentity.of(before.settings(), contents), "");
    } catch (ConfigException unusable) {
      return new Look(contents, null, String.valueOf(unusable.getMessage()));
    }
  }

  private Future<?> take(Look look) {
    if (!look.why.isEmpty()) {
      refuse(look);
      return Future.succeededFuture();
    }
    refused = null;
    if (look.identity == null) {
      return Future.succeededFuture();
    }
    TlsIdentity renewed = look.identity;
    return server
        .apply(renewed.applyTo(new HttpServerOptions()).getSslOptions())
        .onSuccess(
            changed -> {
              current = renewed;
              metrics.tlsReload("taken");
              LOG.atInfo().addKeyValue("expires", renewed.expires()).log("TLS certificate renewed");
              inUse();
            });
  }

  private void refuse(Look look) {
    boolean again =
        refused != null
            && refused.why.equals(look.why)
            && Objects.equals(refused.contents, look.contents);
    boolean told = again && refused != null && refused.told;
    if (again && !told) {
      metrics.tlsReload("refused");
      LOG.atWarn()
          .addKeyValue("cause", look.why)
          .addKeyValue("expires", current.expires())
          .log("New TLS files can't be used; the certificate in use stays");
    }
    refused = new Refusal(look.contents, look.why, again);
  }

  private void inUse() {
    metrics.tlsExpiry(current.expires());
    warnOfExpiry();
  }

  private void warnOfExpiry() {
    Duration left = Duration.between(Instant.now(), current.expires());
    if (left.isNegative()) {
      LOG.atError()
          .addKeyValue("expired", current.expires())
          .log("TLS certificate has expired; clients refuse it");
    } else if (left.compareTo(EXPIRY_WARNING) < 0) {
      LOG.atWarn()
          .addKeyValue("expires", current.expires())
          .addKeyValue("days", left.toDays())
          .log("TLS certificate expires soon");
    }
  }
}
