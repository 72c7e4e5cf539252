package luna.sender.auth;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.PemTrustOptions;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import luna.sender.config.AuthSettings;
import org.jose4j.jwk.JsonWebKey;
import org.jose4j.jwk.JsonWebKeySet;
import org.jose4j.lang.JoseException;
import org.jspecify.annotations.Nullable;

/**
 * Fetches the issuer's key set.
 *
 * <p>How: accepts a response 200 of up to {@value #BODY_BYTES} bytes and {@value #KEYS} keys,
 * within one second, without redirects. Ignores keys for algorithms that are not configured.
 *
 * <p>Errors: the future fails, also if no usable key is left.
 *
 * <p>Owner: confined to the context of {@link KeySource}; one fetch at a time.
 *
 * <p>Source: RFC 7517 section 5.
 *
 * <p>Why not jose4j's {@code HttpsJwks}: it blocks the thread that asks for a key, limits the time
 * of each read instead of the whole fetch, and follows redirects.
 */
final class Jwks {
  private static final int TIMEOUT_MILLIS = 1000;
  private static final int BODY_BYTES = 1 << 18;
  private static final int KEYS = 100;

  private final Vertx vertx;
  private final AuthSettings settings;
  private final HttpClient client;
  private @Nullable HttpClientRequest pending;

  Jwks(Vertx vertx, AuthSettings settings) {
    this.vertx = vertx;
    this.settings = settings;
    HttpClientOptions options =
        new HttpClientOptions()
            .setConnectTimeout(TIMEOUT_MILLIS)
            .setKeepAlive(false)
            .setVerifyHost(true);
    if (!settings.jwksCaFile().isEmpty()) {
      options.setTrustOptions(new PemTrustOptions().addCertPath(settings.jwksCaFile()));
    }
    client = vertx.createHttpClient(options);
  }

  /** Fetches the raw key set. */
  Future<Buffer> fetch() {
    RequestOptions options =
        new RequestOptions()
            .setAbsoluteURI(settings.jwksUrl())
            .setFollowRedirects(false)
            .putHeader("Accept", "application/jwk-set+json, application/json");
    return client
        .request(options)
        .compose(
            request -> {
              pending = request;
              return request.send().compose(Jwks::body);
            })
        // A deadline for the whole fetch, because a server may send its bytes slowly.
        .timeout(TIMEOUT_MILLIS, TimeUnit.MILLISECONDS)
        .onFailure(failure -> cancel())
        .onComplete(ended -> pending = null);
  }

  private void cancel() {
    if (pending != null) {
      pending.reset();
    }
  }

  private static Future<Buffer> body(HttpClientResponse response) {
    Promise<Buffer> complete = Promise.promise();
    response.exceptionHandler(complete::tryFail);
    if (response.statusCode() != 200) {
      return Future.failedFuture("status: " + response.statusCode() + " (expected: 200)");
    }
    Buffer body = Buffer.buffer();
    response.handler(
        part -> {
          if (body.length() + part.length() > BODY_BYTES) {
            complete.tryFail("body: larger (expected: up to " + BODY_BYTES + " bytes)");
          } else {
            body.appendBuffer(part);
          }
        });
    response.endHandler(end -> complete.tryComplete(body));
    return complete.future();
  }

  /** Parses a key set and returns the usable keys. */
  Future<KeyRing> read(Buffer set) {
    return vertx.executeBlocking(() -> ring(set.toString(StandardCharsets.UTF_8)));
  }

  private KeyRing ring(String set) throws JoseException {
    List<JsonWebKey> all = new JsonWebKeySet(set).getJsonWebKeys();
    if (all.size() > KEYS) {
      throw new JoseException("keys: " + all.size() + " (expected: up to " + KEYS + ")");
    }
    List<JsonWebKey> fitting = all.stream().filter(this::fits).toList();
    if (fitting.isEmpty()) {
      throw new JoseException("keys: none (expected: one for " + settings.algorithms() + ")");
    }
    return new KeyRing(fitting);
  }

  private boolean fits(JsonWebKey key) {
    return (key.getUse() == null || key.getUse().equals("sig"))
        && (key.getKeyOps() == null || key.getKeyOps().contains("verify"))
        && settings.algorithms().stream().anyMatch(each -> KeyRing.isFor(key.getKey(), each));
  }
}
