package luna.sender.auth;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.security.Key;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import luna.sender.admission.Admission;
import luna.sender.admission.Limit;
import luna.sender.admission.WorkQueue;
import luna.sender.config.AuthSettings;
import luna.sender.config.PemFile;
import org.jose4j.jwk.JsonWebKey;
import org.jose4j.keys.HmacKey;
import org.jose4j.lang.JoseException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What tokens are checked with, for all event loops: fixed, or the issuer's key set, which is
 * fetched at the start, every {@code JWKS_REFRESH}, and when a token names a key that is not known.
 *
 * <p>Errors: {@link #load} fails with {@code IllegalArgumentException} and the configuration's key
 * if a file is missing, or its key does not fit the algorithms. While the key set can't be fetched,
 * the last one stays.
 *
 * <p>Owner: thread-safe; fetches on one event loop.
 */
public final class Keys {
  private static final Logger LOG = LoggerFactory.getLogger(Keys.class);

  /** Between two fetches that strangers can cause, or that failed. */
  private static final Duration PAUSE = Duration.ofSeconds(10);

  /** The same while there are no keys, and nobody is let in. */
  private static final Duration PAUSE_WITHOUT = Duration.ofSeconds(1);

  /** Far more than any key. */
  private static final int PEM_LIMIT_BYTES = 1 << 20;

  /** Of all addresses; the first of them waits for a quarter of a second at most. */
  private static final int CHECKS_WAITING = 256;

  private static final Pattern LOOPBACK =
      Pattern.compile("^http://(localhost|127\\.[0-9.]+|\\[::1])[:/]");

  private final Vertx vertx;
  private final AuthSettings settings;
  private final @Nullable Jwks jwks;
  private final WorkQueue checks;
  private volatile Verifier verifier;
  private volatile boolean had;

  // What follows is confined to the context.
  private final Context context;
  private @Nullable Future<Void> fetching;
  private @Nullable Buffer last;
  private boolean failing;
  private long demandedNanos = System.nanoTime() - PAUSE.toNanos();
  private long timer = -1;

  private Keys(Vertx vertx, AuthSettings settings, Admission admission, KeyRing ring) {
    this.vertx = vertx;
    this.settings = settings;
    this.verifier = new Verifier(settings, ring);
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
  public static Future<Keys> load(Vertx vertx, AuthSettings settings, Admission admission) {
    return vertx
        .executeBlocking(() -> ring(settings))
        .map(ring -> new Keys(vertx, settings, admission, ring))
        .compose(keys -> keys.jwks == null ? Future.succeededFuture(keys) : keys.begin());
  }

  private Future<Keys> begin() {
    if (settings.jwksUrl().startsWith("http:") && !LOOPBACK.matcher(settings.jwksUrl()).find()) {
      LOG.warn("JWKS_URL is plain HTTP: whoever is on the way can make tokens");
    }
    return onContext(this::fetch).map(this);
  }

  Verifier current() {
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
        go -> task.get().onComplete(ended -> caller.runOnContext(back -> done.complete())));
    return done.future();
  }

  private Duration pause() {
    return had ? PAUSE : PAUSE_WITHOUT;
  }

  private Future<Void> fetch() {
    Jwks source = Objects.requireNonNull(jwks);
    Future<Void> ended =
        source
            .fetch()
            .compose(
                set ->
                    set.equals(last)
                        ? Future.<Void>succeededFuture()
                        : source.read(set).map(ring -> take(set, ring)))
            .transform(
                result -> {
                  fetching = null;
                  settle(result.cause());
                  return Future.succeededFuture();
                });
    fetching = ended.isComplete() ? null : ended;
    return ended;
  }

  private @Nullable Void take(Buffer set, KeyRing ring) {
    last = set;
    verifier = new Verifier(settings, ring);
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
    vertx.cancelTimer(timer);
    Duration next = failing ? pause() : settings.jwksRefresh();
    timer =
        vertx.setTimer(
            next.toMillis(),
            due -> {
              if (fetching == null) {
                fetch();
              }
            });
  }

  private static KeyRing ring(AuthSettings settings) throws JoseException {
    List<JsonWebKey> keys = new ArrayList<>();
    if (!settings.secret().isEmpty()) {
      byte[] secret = settings.secret().value().getBytes(StandardCharsets.UTF_8);
      keys.add(JsonWebKey.Factory.newJwk(new HmacKey(secret)));
    }
    for (String file : settings.pemFiles()) {
      PemFile pem = PemFile.read("LUNA_SENDER_AUTH.PEM_FILES", file, PEM_LIMIT_BYTES);
      Key key = pem.publicKey();
      if (settings.algorithms().stream().noneMatch(each -> KeyRing.isFor(key, each))) {
        throw pem.bad("a key for one of " + settings.algorithms() + ", RSA with 2048 to 8192 bits");
      }
      keys.add(JsonWebKey.Factory.newJwk(key));
    }
    return new KeyRing(keys);
  }
}
