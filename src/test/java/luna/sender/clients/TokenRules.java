package luna.sender.clients;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import luna.sender.clients.ScriptedServer.Step;
import luna.sender.testing.Service;
import luna.sender.testing.TestToken;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The rules for a client with a token, which it reads from a file. The service requires tokens in
 * all tests.
 */
abstract class TokenRules extends ClientRules {
  private static final String SECRET = "a secret of thirty-two bytes or so";

  @TempDir Path directory;

  TokenRules() {
    super(
        new Service(
            "LUNA_SENDER_AUTH__MODE=jwt",
            "LUNA_SENDER_AUTH__ALGORITHMS=HS256",
            "LUNA_SENDER_AUTH__SECRET=" + SECRET,
            "LUNA_SENDER_AUTH__ISSUER=" + TestToken.ISSUER,
            "LUNA_SENDER_AUTH__AUDIENCE=" + TestToken.AUDIENCE));
  }

  @BeforeEach
  void writeToken() {
    write(TestToken.of(account).hs256(SECRET));
  }

  @Override
  final Map<String, String> environment(int port) {
    Map<String, String> environment = super.environment(port);
    environment.put("LUNA_TOKEN_FILE", directory.resolve("token").toString());
    return environment;
  }

  @Test
  void expiredTokenStopsItWithTheServicesError() {
    write(TestToken.of(account).claim("exp", TestToken.seconds(-100)).hs256(SECRET));
    ClientProcess client = start(service.port(), 1);
    assertThat(client.exitCode()).isPositive();
    assertThat(client.errors()).contains("401", "the token has expired");
  }

  @Test
  void newTokenIsFetchedForEachConnection() {
    write("first");
    ScriptedServer server =
        script(
            Step.close(4401).after(() -> write("second")),
            Step.refuse(401).after(() -> write("third")),
            Step.close(4401),
            Step.refuse(401));
    ClientProcess client = start(server.port(), 1);
    assertThat(client.exitCode()).isPositive();
    assertPrinted(client, 0, 2);
    assertHandshakes(server, 4);
    assertThat(server.handshakes())
        .extracting(Handshake::token)
        .containsExactly("first", "second", "third", "third");
  }

  private void write(String token) {
    try {
      Files.writeString(directory.resolve("token"), token + "\n");
    } catch (IOException failure) {
      throw new AssertionError(failure);
    }
  }
}
