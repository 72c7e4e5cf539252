package luna.sender.auth;

import io.vertx.core.AsyncResult;
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
import luna.sender.metrics.FaultGuard;
import luna.sender.metrics.GuardedTask;
import org.jose4j.lang.JoseException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What tokens are checked with, for all event loops: keys of the configuration, whose files are
 * read again when they change; or the issuer's key set, which is fetched at the start, every {@code
 * JWKS_REFRESH}, and when a token names a key that is not known.
 *
 * <p>Errors: {@link #load} fails with {@code IllegalArgumentException} and the configuration's key
 * if a file is missing, or its key does not fit the algorithms. While the key set can't be fetched,
 * the last one stays.
 *
 * <p>Owner: thread-safe; fetches on one event loop.
 */
public final class KeySource {
  private static final Logger LOG = LoggerFactory.getLogger(KeySource.class);

  /** Between two fetches that strangers can cause, or that failed. */
  private static final Duration PAUSE = Duration.ofSeconds(10);

  /** The same while there are no keys, and nobody is let in. */
  private static final Duration PAUSE_WITHOUT = Duration.ofSeconds(1);

  private static final Duration TICK = Duration.ofMillis(100);

  /** Of all addresses; the first of them waits for a quarter of a second at most. */
  private static final int CHECKS_WAITING = 256;

  private static final Pattern LOOPBACK =
      Pattern.compile("^http://(localhost|127\\.[0-9.]+|\\[::1])[:/]");

  private final Vertx vertx;
  private final FaultGuard guard;
  private final AuthSettings settings;
  private final @Nullable Jwks jwks;
  private final WorkQueue checks;
  private volatile TokenVerifier verifier;
  private volatile boolean had;

  // What follows is confined to the context.
  private final Context context;
  private @Nullable Future<Void> fetching;
  private @Nullable Buffer last;
  private boolean failing;
  private long demandedNanos = System.nanoTime() - PAUSE.toNanos();

  /** When the key set is fetched next. */
  private long fetchNanos = System.nanoTime();

  /** What the last look at the files has found. */
  private KeyFiles files;

  private boolean looking;

  /** Why the files could not be read at the last look; empty if they could. */
  private String unreadable = "";

  private boolean warned;

  private KeySource(Vertx vertx, AuthSettings settings, Admission admission, Start start) {
    this.vertx = vertx;
    this.guard = admission.guard();
    this.files = start.files;
    this.settings = settings;
    this.verifier = new TokenVerifier(settings, start.ring);
    this.checks =
        new WorkQueue(
            vertx,
            admission,
            Limit.TOKEN_CHECKS,
            Math.max(1, Runtime.getRuntime().availableProcessors() / 2),
            CHECKS_WAITING);
    this.context = vertx.getOrCreateContext();
    this.jwks = settings.jwksUrl().isEmpty() ? null : new Jwks(vertx, settings);
  }

  /**
   * Reads the keys that the configuration names. An issuer that is away does not stop the start.
   */
  public static Future<KeySource> load(Vertx vertx, AuthSettings settings, Admission admission) {
    return vertx
        .executeBlocking(
            () -> {
              KeyFiles files = KeyFiles.read(settings);
              return new Start(files, files.ring(settings));
            })
        .map(start -> new KeySource(vertx, settings, admission, start).watching())
        .compose(keys -> keys.jwks == null ? Future.succeededFuture(keys) : keys.begin());
  }

  private record Start(KeyFiles files, KeyRing ring) {}

  private KeySource watching() {
    if (KeyFiles.areNamed(settings) && !settings.reloadInterval().isZero()) {
      context.runOnContext(
          begin ->
              guard.periodic(
                  vertx, GuardedTask.KEYS_LOOK, settings.reloadInterval(), this::lookAtFiles));
    }
    return this;
  }

  private Future<KeySource> begin() {
    if (settings.jwksUrl().startsWith("http:") && !LOOPBACK.matcher(settings.jwksUrl()).find()) {
      LOG.warn("JWKS_URL is plain HTTP: whoever is on the way can make tokens");
    }
    context.runOnContext(begin -> guard.periodic(vertx, GuardedTask.KEYS_TICK, TICK, this::tick));
    return onContext(this::fetch).map(this);
  }

  TokenVerifier current() {
    return verifier;
  }

  /** Runs the check of a signature beside the event loops, which have events to deliver. */
  <T> Future<T> apart(long client, Callable<T> check) {
    return checks.submit(client, check);
  }

  /** Whether there is nothing to check a token with. */
  boolean areAway() {
    return jwks != null && !had;
  }

  /** Whether {@link #renew} may help with a key that is not known. */
  boolean areFetched() {
    return jwks != null;
  }

  /** Fetches the key set, unless that was done a moment ago; succeeds in any case. */
  Future<Void> renew() {
    return onContext(
        () -> {
          long now = System.nanoTime();
          if (fetching != null) {
            return fetching;
          }
          if (now - demandedNanos < pause().toNanos()) {
            return Future.succeededFuture();
          }
          demandedNanos = now;
          return fetch();
        });
  }

  /** Runs it on our context, and comes back to that of the caller. */
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
    return had ? PAUSE : PAUSE_WITHOUT;
  }

  private void tick() {
    if (fetching == null && System.nanoTime() - fetchNanos >= 0) {
      fetch();
    }
  }

  private Future<Void> fetch() {
    Jwks source = Objects.requireNonNull(jwks);
    // In case of a fault below.
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
                          : source.read(set).map(ring -> take(set, ring)));
        },
        result -> {
          fetching = null;
          try {
            settle(result.cause());
          } finally {
            ended.complete();
          }
        });
    return ended.future();
  }

  private @Nullable Void take(Buffer set, KeyRing ring) {
    verifier = new TokenVerifier(settings, ring);
    last = set;
    if (!had) {
      had = true;
      // The bound is for keys that are not among those that we have.
      demandedNanos = System.nanoTime() - PAUSE.toNanos();
    }
    return null;
  }

  private void settle(@Nullable Throwable failure) {
    if (failure != null && !failing) {
      LOG.atWarn()
          .addKeyValue("cause", failure.getMessage())
          .log(
              had
                  ? "Keys of tokens could not be fetched; the last ones stay"
                  : "Keys of tokens could not be fetched; there are none yet");
    } else if (failure == null && failing) {
      LOG.info("Keys of tokens are fetched again");
    }
    failing = failure != null;
    fetchNanos = System.nanoTime() + (failing ? pause() : settings.jwksRefresh()).toNanos();
  }

  /** Looks whether a file has changed, and takes what it holds into use. */
  private void lookAtFiles() {
    if (looking) {
      return;
    }
    KeyFiles before = files;
    guard.ask(
        GuardedTask.KEYS_LOOK,
        () -> {
          looking = true;
          return vertx.executeBlocking(() -> look(before));
        },
        this::looked);
  }

  private void looked(AsyncResult<Look> looked) {
    looking = false;
    if (looked.succeeded()) {
      take(looked.result());
    } else {
      cannotRead(looked.cause());
    }
  }

  /** What the files hold now, and the verifier of it where that has changed. */
  private record Look(KeyFiles files, @Nullable TokenVerifier verifier) {}

  private Look look(KeyFiles before) throws JoseException {
    KeyFiles files = KeyFiles.read(settings);
    return new Look(
        files, files.equals(before) ? null : new TokenVerifier(settings, files.ring(settings)));
  }

  private void take(Look look) {
    unreadable = "";
    if (look.verifier != null) {
      verifier = look.verifier;
      files = look.files;
      LOG.info("Keys of tokens have changed; the new ones are in use");
    }
  }

  /** Files are not written all at once, so a fault counts when it is there at two looks. */
  private void cannotRead(Throwable failure) {
    String why = String.valueOf(failure.getMessage());
    if (why.equals(unreadable) && !warned) {
      warned = true;
      LOG.atWarn()
          .addKeyValue("cause", why)
          .log("New keys of tokens can't be used; those in use stay");
    } else if (!why.equals(unreadable)) {
      warned = false;
      unreadable = why;
    }
  }
}
