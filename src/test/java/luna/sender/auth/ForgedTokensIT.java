package luna.sender.auth;

import static luna.sender.testing.RawHttp.get;
import static luna.sender.testing.RawHttp.handshake;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import luna.sender.testing.PackagedSender;
import luna.sender.testing.RawHttp;
import luna.sender.testing.RawHttp.Answer;
import luna.sender.testing.Service;
import luna.sender.testing.TestIssuer;
import luna.sender.testing.TestRedis;
import luna.sender.testing.TestToken;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Floods the packaged jar with tokens that each cost the verification of a signature. */
final class ForgedTokensIT {
  private static final int FORGED = 1500;

  /**
   * Verifications that may run while a valid handshake waits. Without taking turns, it would be the
   * whole flood.
   */
  private static final int WHILE_IT_WAITS = 300;

  private static final Pattern REFUSED =
      Pattern.compile("luna_sender_handshakes_total\\{outcome=\"token_refused\",?} ([0-9]+)");

  @TempDir Path directory;

  @Test
  void floodOfForgedTokensIsBoundedAndDelaysNoValidToken() throws Exception {
    KeyPair pair = TestIssuer.pair("EC");
    Path key = directory.resolve("key.pem");
    Files.writeString(
        key,
        "-----BEGIN PUBLIC KEY-----\n"
            + Base64.getMimeEncoder().encodeToString(pair.getPublic().getEncoded())
            + "\n-----END PUBLIC KEY-----\n");
    try (TestRedis redis = new TestRedis();
        PackagedSender sender =
            PackagedSender.start(
                redis,
                Map.of(
                    "LUNA_SENDER_AUTH__MODE",
                    "jwt",
                    "LUNA_SENDER_AUTH__ALGORITHMS",
                    "ES256",
                    "LUNA_SENDER_AUTH__PEM_FILES",
                    key.toString(),
                    "LUNA_SENDER_AUTH__ISSUER",
                    TestToken.ISSUER,
                    "LUNA_SENDER_AUTH__AUDIENCE",
                    TestToken.AUDIENCE))) {
      List<String> forged = forged();
      List<RawHttp> flood = new ArrayList<>();
      try {
        for (int i = 0; i < forged.size(); i++) {
          flood.add(RawHttp.connect(sender.port()));
        }
        for (int i = 0; i < forged.size(); i++) {
          flood.get(i).send(forged.get(i));
        }
        for (String address : List.of("127.0.0.2", "127.0.0.1")) {
          int before = refused(sender);
          open(sender.port(), address, pair);
          assertThat(refused(sender) - before).as(address).isLessThan(WHILE_IT_WAITS);
        }
        for (RawHttp each : flood) {
          Answer answer = each.answer();
          assertThat(answer.status()).isIn(401, 429);
          assertThat(answer.header("Retry-After").isEmpty()).isEqualTo(answer.status() == 401);
        }
      } finally {
        flood.forEach(RawHttp::close);
      }
    }
  }

  private static List<String> forged() {
    Random random = new Random(1);
    List<String> requests = new ArrayList<>();
    for (int i = 0; i < FORGED; i++) {
      byte[] signature = new byte[64];
      random.nextBytes(signature);
      // Below the order of the curve's group, so that they are not rejected before the
      // verification.
      signature[0] &= 0x7F;
      signature[32] &= 0x7F;
      String account = Service.account();
      String token =
          TestToken.of(account)
              .unsigned("ES256", Base64.getUrlEncoder().withoutPadding().encodeToString(signature));
      requests.add(get("/2/ws", handshake(account, "Authorization: Bearer " + token)));
    }
    return requests;
  }

  private static int refused(PackagedSender sender) throws Exception {
    Matcher refused = REFUSED.matcher(sender.body("/metrics"));
    assertThat(refused.find()).isTrue();
    return Integer.parseInt(refused.group(1));
  }

  /** Opens a WebSocket from this address with a valid token that is not cached. */
  private static void open(int port, String address, KeyPair pair) throws IOException {
    String account = Service.account();
    String token = TestToken.of(account).signed(pair.getPrivate());
    try (RawHttp client =
        RawHttp.over(
            new Socket(
                InetAddress.getByName("127.0.0.1"), port, InetAddress.getByName(address), 0))) {
      client.send(get("/2/ws", handshake(account, "Authorization: Bearer " + token)));
      assertThat(client.head().status()).isEqualTo(101);
    }
  }
}
