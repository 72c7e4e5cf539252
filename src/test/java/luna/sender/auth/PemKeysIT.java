package luna.sender.auth;

import static luna.sender.testing.RawHttp.get;
import static luna.sender.testing.RawHttp.handshake;
import static luna.sender.testing.TestIssuer.pair;
import static luna.sender.testing.Waiting.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Key;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import luna.sender.admission.Admission;
import luna.sender.config.AuthSettings;
import luna.sender.config.Config;
import luna.sender.config.ConfigLoader;
import luna.sender.metrics.Metrics;
import luna.sender.testing.RawHttp;
import luna.sender.testing.RawHttp.Answer;
import luna.sender.testing.Service;
import luna.sender.testing.TestIssuer;
import luna.sender.testing.TestToken;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tests tokens that are signed with private keys, and verified with public keys from files. */
final class PemKeysIT {
  private static final KeyPair RSA = pair("RSA");
  private static final KeyPair SECOND_RSA = pair("RSA");
  private static final KeyPair EC = pair("EC");
  private static final KeyPair EDWARDS = pair("Ed25519");

  @RegisterExtension
  final Service service =
      Service.shared(
          "LUNA_SENDER_AUTH__MODE=jwt",
          "LUNA_SENDER_AUTH__ALGORITHMS=RS256,ES256,EdDSA",
          "LUNA_SENDER_AUTH__PEM_FILES="
              + Stream.of(RSA, SECOND_RSA, EC, EDWARDS)
                  .map(pair -> pem("PUBLIC KEY", pair.getPublic()))
                  .collect(Collectors.joining(",")),
          "LUNA_SENDER_AUTH__ISSUER=" + TestToken.ISSUER,
          "LUNA_SENDER_AUTH__AUDIENCE=" + TestToken.AUDIENCE);

  private final String account = Service.account();
  private final TestToken token = TestToken.of(account);

  @Test
  void tokenOfEachAlgorithmAndEachKeyIsValid() {
    for (KeyPair pair : List.of(RSA, SECOND_RSA, EC, EDWARDS)) {
      assertThat(ask(token.signed(pair.getPrivate())).status()).isEqualTo(101);
      String named = token.header("kid", "any").signed(pair.getPrivate());
      assertThat(ask(named).status()).isEqualTo(101);
    }
  }

  @Test
  void tokenOfAnotherKeyIsRejected() {
    String unknown = "the token is signed with an unknown key";
    assertThat(reason(token.signed(pair("RSA").getPrivate()))).isEqualTo(unknown);
    String wrong = "the token signature is invalid";
    assertThat(reason(token.signed(pair("EC").getPrivate()))).isEqualTo(wrong);
    assertThat(reason(token.signed(pair("Ed25519").getPrivate()))).isEqualTo(wrong);
  }

  @Test
  void publicKeyIsNeverASharedSecret() throws IOException {
    String file = pem("PUBLIC KEY", RSA.getPublic());
    for (byte[] secret :
        List.of(
            RSA.getPublic().getEncoded(),
            Files.readAllBytes(Path.of(file)),
            Files.readString(Path.of(file)).strip().getBytes(StandardCharsets.UTF_8))) {
      assertThat(reason(token.hs256(secret)))
          .isEqualTo("the algorithm of the token is not allowed");
    }
  }

  @Test
  void keyInsideATokenIsNotUsed() {
    KeyPair own = pair("RSA");
    JsonObject jwk = TestIssuer.jwk("own", own.getPublic());
    String forged = token.header("jwk", jwk).header("kid", "own").signed(own.getPrivate());
    assertThat(reason(forged)).isEqualTo("the token is signed with an unknown key");
    String elsewhere =
        token
            .header("jku", "http://127.0.0.1:1/keys")
            .header("x5u", "http://127.0.0.1:1/")
            .signed(own.getPrivate());
    assertThat(reason(elsewhere)).isEqualTo("the token is signed with an unknown key");
  }

  @Test
  void signatureOfZerosIsRejected() {
    // Some JDKs accepted a signature of zeros (CVE-2022-21449).
    String zeros = Base64.getUrlEncoder().withoutPadding().encodeToString(new byte[64]);
    assertThat(reason(token.unsigned("ES256", zeros))).isEqualTo("the token signature is invalid");
  }

  @Test
  void fileWithoutAMatchingKeyStopsTheStart() throws Exception {
    refuses(Path.of("no-such-file.pem").toString(), "an existing file");
    refuses("/dev/zero", "a PEM file of at most 1048576 bytes");
    refuses(pem("PRIVATE KEY", RSA.getPrivate()), "no private key");
    refuses(text("nothing"), "a PUBLIC KEY or a CERTIFICATE");
    refuses(text("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"), "one key of RSA");
    String two = Files.readString(Path.of(pem("PUBLIC KEY", RSA.getPublic())));
    refuses(text(two + two), "one key of RSA");
    refuses(pem("PUBLIC KEY", EC.getPublic()), "a key for one of [RS256]");
    refuses(pem("PUBLIC KEY", small().getPublic()), "RSA with 2048 to 8192 bits");
  }

  private static KeyPair small() throws NoSuchAlgorithmException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(1024);
    return generator.generateKeyPair();
  }

  private static void refuses(String file, String expected) {
    Map<String, String> environment = new HashMap<>();
    environment.put("LUNA_SENDER_AUTH__MODE", "jwt");
    environment.put("LUNA_SENDER_AUTH__ALGORITHMS", "RS256");
    environment.put("LUNA_SENDER_AUTH__PEM_FILES", file);
    environment.put("LUNA_SENDER_AUTH__ISSUER", "i");
    environment.put("LUNA_SENDER_AUTH__AUDIENCE", "a");
    Config config = ConfigLoader.load(null, environment);
    AuthSettings settings = config.auth();
    Metrics metrics = new Metrics(config.influx(), config.metrics());
    Admission admission = new Admission(config.limits(), 0, metrics);
    Vertx vertx = Vertx.vertx();
    try {
      assertThatThrownBy(() -> await(KeySource.load(vertx, settings, admission)))
          .hasMessageStartingWith("LUNA_SENDER_AUTH.PEM_FILES: " + file + " (expected: ")
          .hasMessageContaining(expected);
    } finally {
      await(vertx.close());
    }
  }

  static String pem(String label, Key key) {
    String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key.getEncoded());
    return text("-----BEGIN " + label + "-----\n" + base64 + "\n-----END " + label + "-----\n");
  }

  private static String text(String content) {
    try {
      Path file = Files.createTempFile("luna-sender-test", ".pem");
      file.toFile().deleteOnExit();
      return Files.writeString(file, content).toString();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
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
