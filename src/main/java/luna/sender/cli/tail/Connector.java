package luna.sender.cli.tail;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Makes connections by the settings, each with the token of its time.
 *
 * <p>Owner: confined to one event loop.
 */
final class Connector {
  /** A payload's own limit in the service may be set up to this. */
  private static final int MESSAGE_LIMIT_BYTES = 1 << 29;

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

  /** The server waits for Redis before it answers. */
  private static final Duration HANDSHAKE_TIMEOUT = Duration.ofSeconds(30);

  private final TailSettings settings;
  private final Endpoint endpoint;
  private final TokenSource token;
  private final WebSocketClient client;
  private @Nullable String lastToken;

  Connector(Vertx vertx, TailSettings settings, TokenSource token) {
    this.settings = settings;
    this.endpoint = settings.endpoint();
    this.token = token;
    this.client = vertx.createWebSocketClient(options());
  }

  private WebSocketClientOptions options() {
    WebSocketClientOptions options =
        new WebSocketClientOptions()
            .setMaxFrameSize(MESSAGE_LIMIT_BYTES)
            .setMaxMessageSize(MESSAGE_LIMIT_BYTES)
            .setConnectTimeout((int) CONNECT_TIMEOUT.toMillis())
            .setSsl(endpoint.tls())
            .setTrustAll(settings.insecure())
            .setVerifyHost(!settings.insecure());
    if (settings.caFile() != null) {
      options.setTrustOptions(new PemTrustOptions().addCertPath(settings.caFile()));
    }
    if (settings.certFile() != null && settings.keyFile() != null) {
      options.setKeyCertOptions(
          new PemKeyCertOptions().addCertPath(settings.certFile()).addKeyPath(settings.keyFile()));
    }
    return options;
  }

  /** What a user should know before the first connection. */
  List<String> warnings() {
    List<String> warnings = new ArrayList<>();
    if (settings.insecure() && endpoint.tls()) {
      warnings.add("warning: --insecure: whoever answers is taken for the server");
    }
    if (endpoint.isExposed() && token.read() != null) {
      warnings.add("warning: without TLS the token can be read on the way");
    }
    return warnings;
  }

  /** Fails by an exception where the token cannot be read. */
  Future<WebSocket> dial() {
    lastToken = token.read();
    WebSocketConnectOptions options =
        new WebSocketConnectOptions()
            .setHost(endpoint.peer())
            .setPort(endpoint.port())
            .setURI(settings.uri())
            .setTimeout(HANDSHAKE_TIMEOUT.toMillis());
    if (!settings.account().isEmpty()) {
      options.putHeader("Luna-Account-Id", settings.account());
    }
    if (lastToken != null) {
      options.putHeader("Authorization", "Bearer " + lastToken);
    }
    return client.connect(options);
  }

  /** Whether the token is another than the last that was used. */
  boolean hasNewToken() {
    return !Objects.equals(lastToken, token.read());
  }
}
