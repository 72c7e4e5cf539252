package luna.sender.testing;

import static luna.sender.testing.Waiting.await;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.Arrays;
import java.util.Base64;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * An issuer's key-set server, whose responses the test controls.
 *
 * <p>Owner: thread-safe.
 */
public final class TestIssuer implements AutoCloseable {
  private final Vertx vertx = Vertx.vertx();
  private final HttpServer server;
  private final AtomicInteger requests = new AtomicInteger();
  private volatile Consumer<HttpServerResponse> answer = response -> {};

  public TestIssuer() {
    this(new HttpServerOptions());
  }

  public TestIssuer(HttpServerOptions options) {
    server =
        await(
            vertx
                .createHttpServer(options)
                .requestHandler(
                    request -> {
                      requests.incrementAndGet();
                      answer.accept(request.response());
                    })
                .listen(0, "127.0.0.1"));
  }

  public String url(String scheme) {
    return scheme + "://localhost:" + server.actualPort() + "/keys";
  }

  public int requests() {
    return requests.get();
  }

  public void answer(Consumer<HttpServerResponse> answer) {
    this.answer = answer;
  }

  /** Serves these keys, each from {@link #jwk}. */
  public void serve(JsonObject... keys) {
    String set = new JsonObject().put("keys", new JsonArray(Arrays.asList(keys))).encode();
    answer(response -> response.putHeader("Content-Type", "application/json").end(set));
  }

  /** Returns a new key pair: RSA, EC (P-256) or Ed25519. */
  public static KeyPair pair(String type) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance(type);
      switch (type) {
        case "RSA" -> generator.initialize(2048);
        case "EC" -> generator.initialize(256);
        default -> {
          // There is only one size.
        }
      }
      return generator.generateKeyPair();
    } catch (GeneralSecurityException failure) {
      throw new AssertionError(failure);
    }
  }

  /** Returns a public key in the format of a key set (RFC 7517, RFC 8037). */
  public static JsonObject jwk(String id, PublicKey key) {
    JsonObject jwk = new JsonObject().put("kid", id).put("use", "sig");
    byte[] encoded = key.getEncoded();
    if (key instanceof RSAPublicKey rsa) {
      return jwk.put("kty", "RSA")
          .put("n", base64(unsigned(rsa.getModulus())))
          .put("e", base64(unsigned(rsa.getPublicExponent())));
    }
    if (key.getAlgorithm().equals("EC")) {
      int x = encoded.length - 64;
      return jwk.put("kty", "EC")
          .put("crv", "P-256")
          .put("x", base64(Arrays.copyOfRange(encoded, x, x + 32)))
          .put("y", base64(Arrays.copyOfRange(encoded, x + 32, x + 64)));
    }
    return jwk.put("kty", "OKP")
        .put("crv", "Ed25519")
        .put("x", base64(Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length)));
  }

  private static byte[] unsigned(BigInteger number) {
    byte[] bytes = number.toByteArray();
    return bytes[0] == 0 ? Arrays.copyOfRange(bytes, 1, bytes.length) : bytes;
  }

  private static String base64(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  @Override
  public void close() {
    await(vertx.close());
  }
}
