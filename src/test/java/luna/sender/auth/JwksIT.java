package luna.sender.auth;

import static luna.sender.testing.RawHttp.get;
import static luna.sender.testing.RawHttp.handshake;
import static luna.sender.testing.TestIssuer.jwk;
import static luna.sender.testing.TestIssuer.pair;
import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.PfxOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import luna.sender.config.AuthSettings;
import luna.sender.config.ConfigLoader;
import luna.sender.config.PemFile;
import luna.sender.testing.RawHttp;
import luna.sender.testing.RawHttp.Answer;
import luna.sender.testing.Service;
import luna.sender.testing.TestIssuer;
import luna.sender.testing.TestToken;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Tests keys from an issuer: found, changed, and unavailable. */
final class JwksIT {
  private static final KeyPair OLD = pair("RSA");
  private static final KeyPair NEW = pair("EC");
  private static final TestIssuer ISSUER = new TestIssuer();

  static {
    ISSUER.answer(response -> response.setStatusCode(500).end());
  }

  /** Starts while the issuer is unavailable, as after a power failure. */
  @RegisterExtension
  final Service service =
      new Service(
          "LUNA_SENDER_AUTH__MODE=jwt",
          "LUNA_SENDER_AUTH__ALGORITHMS=RS256,ES256,EdDSA",
          "LUNA_SENDER_AUTH__JWKS_URL=" + ISSUER.url("http"),
          "LUNA_SENDER_AUTH__JWKS_REFRESH=3600",
          "LUNA_SENDER_AUTH__ISSUER=" + TestToken.ISSUER,
          "LUNA_SENDER_AUTH__AUDIENCE=" + TestToken.AUDIENCE);

  private final String account = Service.account();
  private final TestToken token = TestToken.of(account);
  private final String old = token.header("kid", "old").signed(OLD.getPrivate());

  @BeforeEach
  void expectTheWarning() {
    service.expectWarning("Token keys could not be fetched; no token can be verified yet");
  }

  @AfterAll
  static void close() {
    ISSUER.close();
  }

  @Test
  void handshakeGets503BeforeKeysAreFetched() {
    ISSUER.answer(response -> response.setStatusCode(500).end());
    Answer refusal = ask(old);
    assertThat(refusal.status()).isEqualTo(503);
    assertThat(refusal.header("Retry-After")).isNotEmpty();
    assertThat(refusal.header("WWW-Authenticate")).isEmpty();
    assertThat(new JsonObject(refusal.text()).getString("detail"))
        .isEqualTo("The token keys could not be fetched");
    ISSUER.serve(jwk("old", OLD.getPublic()));
    until("the keys are there", () -> ask(old).status() == 101);
    ISSUER.answer(response -> response.setStatusCode(500).end());
  }

  @Test
  void unknownKeyIsFetchedAtALimitedRate() {
    ISSUER.serve(jwk("old", OLD.getPublic()));
    until("the keys are there", () -> ask(old).status() == 101);
    ISSUER.serve(jwk("new", NEW.getPublic()));
    int before = ISSUER.requests();
    String fresh = token.header("kid", "new").signed(NEW.getPrivate());
    // On a busy machine the first fetch may take longer.
    until("the new key is used", () -> ask(fresh).status() == 101);
    assertThat(reason(old)).isEqualTo("the token is signed with an unknown key");
    for (int i = 0; i < 50; i++) {
      assertThat(reason(token.header("kid", "none" + i).signed(NEW.getPrivate())))
          .isEqualTo("the token is signed with an unknown key");
    }
    assertThat(ISSUER.requests() - before).isBetween(1, 2);
    ISSUER.answer(response -> response.setStatusCode(500).end());
  }

  @Test
  void tokenWithoutKeyIdIsRejectedIfTooManyKeysMatch() {
    JsonObject[] keys = new JsonObject[9];
    for (int i = 0; i < keys.length; i++) {
      keys[i] = jwk("key" + i, i == 8 ? NEW.getPublic() : pair("EC").getPublic());
    }
    ISSUER.serve(keys);
    String named = token.header("kid", "key8").signed(NEW.getPrivate());
    until("the keys are there", () -> ask(named).status() == 101);
    assertThat(reason(token.signed(NEW.getPrivate())))
        .isEqualTo("the token has no kid, and more than 8 keys match");
    assertThat(reason(token.header("kid", "key9").signed(NEW.getPrivate())))
        .isEqualTo("the token is signed with an unknown key");
    ISSUER.answer(response -> response.setStatusCode(500).end());
  }

  @Test
  void keysStayValidWhileTheIssuerIsUnavailable() {
    service.expectWarning("Token keys could not be fetched; keeping the previous keys");
    ISSUER.serve(jwk("old", OLD.getPublic()));
    until("the keys are there", () -> ask(old).status() == 101);
    ISSUER.answer(response -> {}); // Never responds.
    until(
        "a fetch has failed",
        () -> {
          reason(token.header("kid", "unknown").signed(OLD.getPrivate()));
          return !service.warnings("keeping the previous keys").isEmpty();
        });
    String another = token.claim("jti", "another").header("kid", "old").signed(OLD.getPrivate());
    assertThat(ask(another).status()).isEqualTo(101);
    ISSUER.answer(response -> response.setStatusCode(500).end());
  }

  @Test
  void invalidKeySetIsRejected() {
    JsonObject good = jwk("old", OLD.getPublic());
    Map<String, Consumer<HttpServerResponse>> answers = new LinkedHashMap<>();
    answers.put("status: 404", response -> response.setStatusCode(404).end());
    answers.put(
        "status: 302",
        response -> response.setStatusCode(302).putHeader("Location", ISSUER.url("http")).end());
    answers.put("JoseException", response -> response.end("no JSON"));
    answers.put("Timeout 1000 (ms)", response -> {});
    answers.put("Timeout 1000", response -> response.setChunked(true).write("{"));
    answers.put(
        "body: larger", response -> response.end("{\"x\":\"" + "x".repeat(300_000) + "\"}"));
    answers.put(
        "keys: 101",
        response ->
            response.end(
                new JsonObject()
                    .put("keys", IntStream.range(0, 101).mapToObj(i -> good).toList())
                    .encode()));
    answers.put(
        "keys: none", response -> response.end("{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"}]}"));
    Vertx vertx = Vertx.vertx();
    Jwks jwks = new Jwks(vertx, settings(ISSUER.url("http"), ""));
    answers.forEach(
        (problem, answer) -> {
          ISSUER.answer(answer);
          until(problem, () -> failure(jwks).contains(problem));
        });
    ISSUER.serve(good, good.copy().put("use", "enc"), new JsonObject().put("kty", "new"));
    until("a good one is read", () -> failure(jwks).isEmpty());
    ISSUER.answer(response -> response.setStatusCode(500).end());
    await(vertx.close());
  }

  @Test
  void certificateOfTheIssuerIsVerified(@TempDir Path folder) throws Exception {
    Path store = folder.resolve("store.p12");
    Path certificate = folder.resolve("certificate.pem");
    keytool(
        "-genkeypair -alias a -keyalg EC -dname CN=localhost -ext san=dns:localhost -storetype PKCS12"
            + " -storepass secret -keystore "
            + store);
    keytool(
        "-exportcert -rfc -alias a -storepass secret -keystore " + store + " -file " + certificate);
    HttpServerOptions options =
        new HttpServerOptions()
            .setSsl(true)
            .setKeyCertOptions(new PfxOptions().setPath(store.toString()).setPassword("secret"));
    Vertx vertx = Vertx.vertx();
    try (TestIssuer issuer = new TestIssuer(options)) {
      issuer.serve(jwk("old", OLD.getPublic()));
      Vertx first = Vertx.vertx();
      Jwks trusting = new Jwks(first, settings(issuer.url("https"), certificate.toString()));
      until("it is trusted", () -> failure(trusting).isEmpty());
      await(first.close()); // It would fetch the set again and again.
      int requests = issuer.requests();
      Jwks wary = new Jwks(vertx, settings(issuer.url("https"), ""));
      until("it is not trusted", () -> failure(wary).contains("SSL"));
      assertThat(issuer.requests()).isEqualTo(requests);
      // A certificate is a key too, and its dates do not matter.
      assertThat(PemFile.read("KEY", certificate.toString(), 1 << 20).publicKey().getAlgorithm())
          .isEqualTo("EC");
    } finally {
      await(vertx.close());
    }
  }

  /** Returns the messages and classes of the causes of a failed fetch; empty if it succeeds. */
  private static String failure(Jwks jwks) {
    try {
      await(jwks.fetch().compose(jwks::read));
      return "";
    } catch (RuntimeException failure) {
      return failure.toString();
    }
  }

  private static void keytool(String arguments) throws IOException, InterruptedException {
    Path tool = Path.of(System.getProperty("java.home"), "bin", "keytool");
    Process process =
        new ProcessBuilder((tool + " " + arguments).split(" "))
            .redirectErrorStream(true)
            .redirectOutput(Files.createTempFile("keytool", ".log").toFile())
            .start();
    assertThat(process.waitFor()).isZero();
  }

  private static AuthSettings settings(String url, String caFile) {
    Map<String, String> environment = new HashMap<>();
    environment.put("LUNA_SENDER_AUTH__MODE", "jwt");
    environment.put("LUNA_SENDER_AUTH__ALGORITHMS", "RS256,ES256");
    environment.put("LUNA_SENDER_AUTH__JWKS_URL", url);
    environment.put("LUNA_SENDER_AUTH__JWKS_CA_FILE", caFile);
    environment.put("LUNA_SENDER_AUTH__ISSUER", "i");
    environment.put("LUNA_SENDER_AUTH__AUDIENCE", "a");
    return ConfigLoader.load(null, environment).auth();
  }

  private Answer ask(String token) {
    String request = get("/2/ws", handshake(account, "Authorization: Bearer " + token));
    return RawHttp.exchange(service.port(), request);
  }

  private String reason(String token) {
    Answer refusal = ask(token);
    assertThat(refusal.status()).isEqualTo(401);
    return new JsonObject(refusal.text()).getString("detail");
  }
}
