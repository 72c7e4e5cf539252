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
 * Reloads the certificate when its files change, and warns before it expires.
 *
 * <p>How: compares the contents of the files, not their modification times, because Kubernetes
 * replaces a symbolic link in a parent folder. New connections use the new certificate; existing
 * ones keep theirs.
 *
 * <p>Errors: if the files are invalid and unchanged for two checks in a row, the log has a WARN and
 * the current certificate stays in use. One check is not enough, because the files are not written
 * at the same time.
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
  private boolean checking;

  /**
   * The invalid files of the last check, and whether they have been reported; null if the files
   * were valid.
   */
  private @Nullable Refusal refused;

  private record Refusal(@Nullable Contents contents, String why, boolean reported) {}

  /**
   * The result of a check: unchanged files, a new identity, or the reason why the files are
   * invalid.
   */
  private record CheckResult(
      @Nullable Contents contents, @Nullable TlsIdentity identity, String why) {}

  /**
   * @param current the identity that the server has started with
   * @param server applies TLS options to new connections
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
    certificateChanged();
    guard.periodic(vertx, GuardedTask.TLS_EXPIRY, EXPIRY_CHECK, this::warnOfExpiry);
    Duration interval = current.settings().reloadInterval();
    if (!interval.isZero()) {
      guard.periodic(vertx, GuardedTask.TLS_CHECK, interval, this::check);
    }
    return Future.succeededFuture();
  }

  private void check() {
    if (checking) {
      return;
    }
    TlsIdentity before = current;
    guard.ask(
        GuardedTask.TLS_CHECK,
        () -> {
          checking = true;
          return vertx.executeBlocking(() -> readFiles(before)).compose(this::apply);
        },
        applied -> {
          checking = false;
          if (applied.failed()) {
            LOG.atError().setCause(applied.cause()).log("TLS certificate could not be reloaded");
          }
        });
  }

  private static CheckResult readFiles(TlsIdentity before) {
    Contents contents = null;
    try {
      contents = Contents.read(before.settings());
      return contents.equals(before.contents())
          ? new CheckResult(contents, null, "")
          : new CheckResult(contents, TlsIdentity.of(before.settings(), contents), "");
    } catch (ConfigException unusable) {
      return new CheckResult(contents, null, String.valueOf(unusable.getMessage()));
    }
  }

  private Future<?> apply(CheckResult result) {
    if (!result.why.isEmpty()) {
      reject(result);
      return Future.succeededFuture();
    }
    refused = null;
    if (result.identity == null) {
      return Future.succeededFuture();
    }
    TlsIdentity renewed = result.identity;
    return server
        .apply(renewed.applyTo(new HttpServerOptions()).getSslOptions())
        .onSuccess(
            changed -> {
              current = renewed;
              metrics.http().tlsReload("taken");
              LOG.atInfo()
                  .addKeyValue("expires", renewed.expires())
                  .log("TLS certificate reloaded");
              certificateChanged();
            });
  }

  private void reject(CheckResult result) {
    boolean again =
        refused != null
            && refused.why.equals(result.why)
            && Objects.equals(refused.contents, result.contents);
    boolean reported = again && refused != null && refused.reported;
    if (again && !reported) {
      metrics.http().tlsReload("refused");
      LOG.atWarn()
          .addKeyValue("cause", result.why)
          .addKeyValue("expires", current.expires())
          .log("New TLS files are invalid; keeping the current certificate");
    }
    refused = new Refusal(result.contents, result.why, again);
  }

  private void certificateChanged() {
    metrics.http().tlsExpiry(current.expires());
    warnOfExpiry();
  }

  private void warnOfExpiry() {
    Duration left = Duration.between(Instant.now(), current.expires());
    if (left.isNegative()) {
      LOG.atError()
          .addKeyValue("expired", current.expires())
          .log("TLS certificate has expired; clients reject it");
    } else if (left.compareTo(EXPIRY_WARNING) < 0) {
      LOG.atWarn()
          .addKeyValue("expires", current.expires())
          .addKeyValue("days", left.toDays())
          .log("TLS certificate expires soon");
    }
  }
}
