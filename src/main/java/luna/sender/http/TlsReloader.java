package luna.sender.http;

import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import luna.sender.config.ConfigException;
import luna.sender.http.TlsIdentity.Contents;
import luna.sender.metrics.FaultGuard;
import luna.sender.metrics.GuardedTask;
import luna.sender.metrics.Metrics;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reloads the certificate when its files change, warns before it expires, and rotates the keys of
 * session tickets.
 *
 * <p>How: compares the contents of the files, not their modification times, because Kubernetes
 * replaces a symbolic link in a parent folder. New connections use the new certificate; existing
 * ones keep theirs.
 *
 * <p>Errors: if the files are invalid and unchanged for two checks in a row, the log has a WARN and
 * the current certificate stays in use. One check is not enough, because the files are not written
 * at the same time.
 *
 * <p>Owner: confined to its event loop; files are read on a worker thread. Owns the {@link
 * TlsContext}, which is closed when it stops.
 */
public final class TlsReloader extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(TlsReloader.class);
  private static final Duration EXPIRY_WARNING = Duration.ofDays(14);
  private static final Duration EXPIRY_CHECK = Duration.ofDays(1);
  private static final Duration TICKET_KEYS_AGE = Duration.ofHours(12);

  private final TlsContext context;
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
   * The result of a check: unchanged files, a new identity that is in use, or the reason why the
   * files are invalid.
   */
  private record CheckResult(
      @Nullable Contents contents, @Nullable TlsIdentity identity, String why) {}

  public TlsReloader(TlsContext context, Metrics metrics) {
    this.context = context;
    this.current = context.identity();
    this.metrics = metrics;
    this.guard = metrics.guard();
  }

  @Override
  public Future<?> start() {
    certificateChanged();
    guard.periodic(vertx, GuardedTask.TLS_EXPIRY, EXPIRY_CHECK, this::warnOfExpiry);
    guard.periodic(vertx, GuardedTask.TLS_TICKETS, TICKET_KEYS_AGE, context::rotateTicketKeys);
    Duration interval = current.settings().reloadInterval();
    if (!interval.isZero()) {
      guard.periodic(vertx, GuardedTask.TLS_CHECK, interval, this::check);
    }
    return Future.succeededFuture();
  }

  @Override
  public Future<?> stop() {
    context.close();
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
          return vertx.executeBlocking(() -> readFiles(before));
        },
        this::checked);
  }

  /** Uses the files for new connections if they have changed. */
  private CheckResult readFiles(TlsIdentity before) {
    Contents contents = null;
    try {
      contents = Contents.read(before.settings());
      if (contents.equals(before.contents())) {
        return new CheckResult(contents, null, "");
      }
      TlsIdentity renewed = TlsIdentity.of(before.settings(), contents);
      context.replace(renewed);
      return new CheckResult(contents, renewed, "");
    } catch (ConfigException unusable) {
      return new CheckResult(contents, null, String.valueOf(unusable.getMessage()));
    }
  }

  private void checked(AsyncResult<CheckResult> result) {
    checking = false;
    if (result.failed()) {
      LOG.atError().setCause(result.cause()).log("TLS certificate could not be reloaded");
    } else if (result.result().why.isEmpty()) {
      refused = null;
      use(result.result().identity);
    } else {
      reject(result.result());
    }
  }

  private void use(@Nullable TlsIdentity renewed) {
    if (renewed != null) {
      current = renewed;
      metrics.http().tlsReload("taken");
      LOG.atInfo().addKeyValue("expires", current.expires()).log("TLS certificate reloaded");
      certificateChanged();
    }
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
