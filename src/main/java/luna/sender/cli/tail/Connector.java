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
 * Opens connections, each with the current token.
 *
 * <p>Owner: confined to one event loop.
 */
final class Connector {
  /** The largest payload limit that the service can be configured with. */
  private static final int MESSAGE_LIMIT_BYTES = 1 << 29;

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

  /** The server waits for Redis before it responds. */
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

  /** Returns warnings to show before the first connection. */
  List<String> warnings() {
    List<String> warnings = new ArrayList<>();
    if (settings.insecure() && endpoint.tls()) {
      warnings.add("warning: --insecure: the server's certificate is not verified");
    }
    if (endpoint.isExposed() && token.read() != null) {
      warnings.add("warning: " + Endpoint.EXPOSED_TOKEN);
    }
    return warnings;
  }

  /**
   * Connects. Throws an exception if the token cannot be read.
   *
   * @param history as in {@link TailSettings#uri}
   */
  Future<WebSocket> connect(List<String> history) {
    lastToken = token.read();
    WebSocketConnectOptions options =
        new WebSocketConnectOptions()
            .setHost(endpoint.peer())
            .setPort(endpoint.port())
            .setURI(settings.uri(history))
            .setTimeout(HANDSHAKE_TIMEOUT.toMillis());
    if (!settings.account().isEmpty()) {
      options.putHeader("Luna-Account-Id", settings.account());
    }
    if (lastToken != null) {
      options.putHeader("Authorization", "Bearer " + lastToken);
    }
    return client.connect(options);
  }

  /** Returns whether the token has changed since the last connection. */
  boolean hasNewToken() {
    return !Objects.equals(lastToken, token.read());
  }
}
