package luna.sender.auth;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import luna.sender.admission.Admission;
import luna.sender.admission.Limit;
import luna.sender.admission.WorkQueue;
import luna.sender.config.AuthSettings;
import luna.sender.log.CauseText;
import luna.sender.metrics.FaultGuard;
import luna.sender.metrics.GuardedTask;
import org.jose4j.lang.JoseException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Provides the keys that verify tokens, for all event loops.
 *
 * <p>How: the keys come from the configuration or from the issuer's key set. Configured files are
 * reloaded when they change ({@link FileWatcher}). The key set is fetched at startup, every {@code
 * JWKS_REFRESH}, and when a token names an unknown key.
 *
 * <p>Errors: {@link #load} fails with {@code IllegalArgumentException} and the configuration key if
 * a file is missing, or its key does not match the algorithms. If the key set cannot be fetched,
 * the previous keys stay in use.
 *
 * <p>See: {@link TokenAuthenticator} rejects all tokens while there are no keys; {@link Jwks}
 * fetches the key set; {@link KeyFiles} reads files.
 *
 * <p>Owner: thread-safe; fetches on one event loop.
 */
public final class KeySource {
  private static final Logger LOG = LoggerFactory.getLogger(KeySource.class);

  /**
   * The minimum time between two fetches that clients cause, and before a retry of a failed fetch.
   */
  private static final Duration FETCH_PAUSE = Duration.ofSeconds(10);

  /** The minimum time between two fetches while there are no keys and all clients are rejected. */
  private static final Duration FETCH_PAUSE_WITHOUT_KEYS = Duration.ofSeconds(1);

  private static final Duration TICK = Duration.ofMillis(100);

  /**
   * The maximum number of queued verifications of all addresses. With this bound, a verification is
   * queued for at most 250 ms, at about 1 ms per verification.
   */
  private static final int MAX_WAITING_CHECKS = 256;

  private static final Pattern LOOPBACK =
      Pattern.compile("^http://(localhost|127\\.[0-9.]+|\\[::1])[:/]");

  private final Vertx vertx;
  private final FaultGuard guard;
  private final AuthSettings settings;
  private final @Nullable Jwks jwks;
  private final WorkQueue checks;
  private volatile TokenVerifier verifier;
  private volatile boolean fetched;

  // The following fields are confined to the context.
  private final Context context;
  private @Nullable Future<Void> fetching;
  private @Nullable Buffer last;
  private boolean failing;
  private long requestedNanos = System.nanoTime() - FETCH_PAUSE.toNanos();

  /** The time of the next fetch. */
  private long fetchNanos = System.nanoTime();

  private KeySource(Vertx vertx, AuthSettings settings, Admission admission, KeyRing ring) {
    this.vertx = vertx;
    this.guard = admission.guard();
    this.settings = settings;
    this.verifier = new TokenVerifier(settings, ring);
    this.checks =
        new WorkQueue(
            vertx,
            admission,
            Limit.TOKEN_CHECKS,
            Math.max(1, Runtime.getRuntime().availableProcessors() / 2),
            MAX_WAITING_CHECKS);
    this.context = vertx.getOrCreateContext();
    this.jwks = settings.jwksUrl().isEmpty() ? null : new Jwks(vertx, settings);
  }

  /** Loads the configured keys. Succeeds even if the issuer is unavailable. */
  public static Future<KeySource> load(Vertx vertx, AuthSettings settings, Admission admission) {
    return vertx
        .executeBlocking(
            () -> {
              KeyFiles files = KeyFiles.read(settings);
              return new Start(files, files.ring(settings));
            })
        .compose(
            start ->
                new KeySource(vertx, settings, admission, start.ring).startWatching(start.files))
        .compose(keys -> keys.jwks == null ? Future.succeededFuture(keys) : keys.startFetching());
  }

  private record Start(KeyFiles files, KeyRing ring) {}

  /** Files and the verifier with their keys. */
  private record Loaded(KeyFiles files, TokenVerifier verifier) {}

  private Loaded reload(Loaded before) throws JoseException {
    KeyFiles files = KeyFiles.read(settings);
    return files.equals(before.files)
        ? before
        : new Loaded(files, new TokenVerifier(settings, files.ring(settings)));
  }

  private Future<KeySource> startWatching(KeyFiles files) {
    return KeyFiles.areConfigured(settings) && !settings.reloadInterval().isZero()
        ? vertx
            .deployVerticle(
                new FileWatcher<>(
                    guard,
                    settings.reloadInterval(),
                    "token keys",
                    this::reload,
                    new Loaded(files, verifier),
                    changed -> verifier = changed.verifier))
            .map(this)
        : Future.succeededFuture(this);
  }

  private Future<KeySource> startFetching() {
    if (settings.jwksUrl().startsWith("http:") && !LOOPBACK.matcher(settings.jwksUrl()).find()) {
      LOG.warn("JWKS_URL is plain HTTP: anyone on the network path can forge tokens");
    }
    context.runOnContext(go -> guard.periodic(vertx, GuardedTask.KEYS_TICK, TICK, this::tick));
    return onContext(this::fetch).map(this);
  }

  TokenVerifier current() {
    return verifier;
  }

  /** Verifies a signature on a worker thread, because event loops have events to deliver. */
  <T> Future<T> verifyOnWorker(long client, Callable<T> verification) {
    return checks.submit(client, verification);
  }

  /** Returns whether no keys have been fetched yet. */
  boolean areUnavailable() {
    return jwks != null && !fetched;
  }

  /** Returns whether {@link #refresh} may find an unknown key. */
  boolean areFetched() {
    return jwks != null;
  }

  /** Fetches the key set, unless it was fetched a moment ago. The future always succeeds. */
  Future<Void> refresh() {
    return onContext(
        () -> {
          long now = System.nanoTime();
          if (fetching != null) {
            return fetching;
          }
          if (now - requestedNanos < pause().toNanos()) {
            return Future.succeededFuture();
          }
          requestedNanos = now;
          return fetch();
        });
  }

  /** Runs a task on our context and completes the future on the caller's context. */
  private Future<Void> onContext(Supplier<Future<Void>> task) {
    Context caller = vertx.getOrCreateContext();
    Promise<Void> done = Promise.promise();
    context.runOnContext(
        go ->
            guard.ask(
                GuardedTask.KEYS_FETCH,
                task,
                ended -> caller.runOnContext(back -> done.complete())));
    return done.future();
  }

  private Duration pause() {
    return fetched ? FETCH_PAUSE : FETCH_PAUSE_WITHOUT_KEYS;
  }

  private void tick() {
    if (fetching == null && System.nanoTime() - fetchNanos >= 0) {
      fetch();
    }
  }

  private Future<Void> fetch() {
    Jwks source = Objects.requireNonNull(jwks);
    // Set here too, in case the code below throws.
    fetchNanos = System.nanoTime() + pause().toNanos();
    Promise<Void> ended = Promise.promise();
    guard.ask(
        GuardedTask.KEYS_FETCH,
        () -> {
          fetching = ended.future();
          return source
              .fetch()
              .compose(
                  set ->
                      set.equals(last)
                          ? Future.<Void>succeededFuture()
                          : source.read(set).map(ring -> use(set, ring)));
        },
        result -> {
          fetching = null;
          try {
            fetchEnded(result.cause());
          } finally {
            ended.complete();
          }
        });
    return ended.future();
  }

  private @Nullable Void use(Buffer set, KeyRing ring) {
    verifier = new TokenVerifier(settings, ring);
    last = set;
    if (!fetched) {
      fetched = true;
      // Allow an immediate fetch: the pause applies to unknown keys only.
      requestedNanos = System.nanoTime() - FETCH_PAUSE.toNanos();
    }
    return null;
  }

  private void fetchEnded(@Nullable Throwable failure) {
    if (failure != null && !failing) {
      LOG.atWarn()
          .addKeyValue("cause", CauseText.of(failure))
          .log(
              fetched
                  ? "Token keys could not be fetched; keeping the previous keys"
                  : "Token keys could not be fetched; no token can be verified yet");
    } else if (failure == null && failing) {
      LOG.info("Token key fetches recovered");
    }
    failing = failure != null;
    fetchNanos = System.nanoTime() + (failing ? pause() : settings.jwksRefresh()).toNanos();
  }
}
