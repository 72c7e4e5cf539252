package luna.sender.auth;

import static luna.sender.testing.RawHttp.get;
import static luna.sender.testing.RawHttp.handshake;
import static luna.sender.testing.TestIssuer.pair;
import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.PublicKey;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import luna.sender.Sender;
import luna.sender.config.ConfigLoader;
import luna.sender.testing.RawHttp;
import luna.sender.testing.Service;
import luna.sender.testing.TestLog;
import luna.sender.testing.TestRedis;
import luna.sender.testing.TestToken;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests token keys in files that change while the service runs. */
final class KeyFilesIT {
  private static final String OLD = "the old secret of thirty-two bytes";
  private static final String NEW = "the new secret of thirty-two bytes";

  @TempDir Path folder;

  private final String account = Service.account();
  private final TestToken token = TestToken.of(account);

  @Test
  void changedSecretIsUsedUnlessInvalid() throws IOException {
    Path file = Files.writeString(folder.resolve("secret"), OLD + "\n");
    TestLog log = TestLog.listen();
    try (TestRedis redis = new TestRedis()) {
      Sender sender = start(redis, "LUNA_SENDER_AUTH__SECRET_FILE", file.toString(), "HS256");
      try {
        until("the old one is valid", () -> status(sender, token.hs256(OLD)) == 101);
        Files.writeString(file, NEW);
        until("the new one is valid", () -> status(sender, token.hs256(NEW)) == 101);
        assertThat(status(sender, token.hs256(OLD))).isEqualTo(401);
        Files.writeString(file, "short");
        log.awaitLine("32 bytes or more");
        assertThat(status(sender, token.claim("jti", "1").hs256(NEW))).isEqualTo(101);
        Files.writeString(file, OLD + "\r\n");
        until("the old one is valid again", () -> status(sender, token.hs256(OLD)) == 101);
        assertThat(log.lines().toString()).doesNotContain(OLD, NEW, "short");
      } finally {
        log.detach();
        await(sender.stop());
      }
    }
  }

  @Test
  void changedPublicKeyIsUsed() throws IOException {
    KeyPair before = pair("EC");
    KeyPair after = pair("EC");
    Path file = Files.writeString(folder.resolve("key.pem"), pem(before.getPublic()));
    try (TestRedis redis = new TestRedis()) {
      Sender sender = start(redis, "LUNA_SENDER_AUTH__PEM_FILES", file.toString(), "ES256");
      try {
        until(
            "the old one is valid", () -> status(sender, token.signed(before.getPrivate())) == 101);
        Files.writeString(file, pem(after.getPublic()));
        until(
            "the new one is valid", () -> status(sender, token.signed(after.getPrivate())) == 101);
        assertThat(status(sender, token.signed(before.getPrivate()))).isEqualTo(401);
      } finally {
        await(sender.stop());
      }
    }
  }

  private static String pem(PublicKey key) {
    return "-----BEGIN PUBLIC KEY-----\n"
        + Base64.getMimeEncoder().encodeToString(key.getEncoded())
        + "\n-----END PUBLIC KEY-----\n";
  }

  private int status(Sender sender, String token) {
    String[] lines = handshake(account, "Authorization: Bearer " + token);
    return RawHttp.exchange(sender.port(), get("/2/ws", lines)).status();
  }

  private static Sender start(TestRedis redis, String key, String file, String algorithm) {
    Map<String, String> environment = new HashMap<>();
    environment.put("LUNA_SENDER_HTTP_SETTINGS__HOST", "127.0.0.1");
    environment.put("LUNA_SENDER_HTTP_SETTINGS__PORT", "0");
    environment.put("REDIS_DB_ADDRESS__PORT", Integer.toString(redis.port()));
    environment.put("LUNA_SENDER_AUTH__MODE", "jwt");
    environment.put("LUNA_SENDER_AUTH__ALGORITHMS", algorithm);
    environment.put("LUNA_SENDER_AUTH__ISSUER", TestToken.ISSUER);
    environment.put("LUNA_SENDER_AUTH__AUDIENCE", TestToken.AUDIENCE);
    environment.put("LUNA_SENDER_AUTH__RELOAD_INTERVAL", "0.1");
    environment.put(key, file);
    return await(Sender.start(ConfigLoader.load(null, environment)));
  }
}
