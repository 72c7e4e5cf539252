package luna.sender.cli.bench;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.UpgradeRejectedException;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.http.WebSocketFrame;
import io.vertx.core.internal.http.WebSocketInternal;
import java.time.Duration;
import java.util.function.Consumer;
import javax.net.ssl.SSLSession;
import luna.sender.cli.client.MessageAssembler;

/**
 * Opens WebSockets.
 *
 * <p>Owner: confined to its event loop.
 */
final class WebSocketTransport implements ClientTransport {
  private static final short NORMAL = 1000;

  /** Far larger than any message from a Sender. */
  private static final int MAX_MESSAGE_BYTES = 1 << 26;

  private final BenchPlan plan;
  private final Consumer<SSLSession> onTls;
  private final Duration timeout;
  private final MessageBuffer buffer = new MessageBuffer();

  /** Keeps a reference, because Vert.x closes a client that is garbage collected. */
  private final WebSocketClient client;

  /** The bytes of the current message, shared by all connections of an event loop. */
  private static final class MessageBuffer {
    private byte[] bytes = new byte[1 << 14];

    byte[] of(Buffer message) {
      if (message.length() > bytes.length) {
        bytes = new byte[Math.max(message.length(), 2 * bytes.length)];
      }
      message.getBytes(bytes, 0);
      return bytes;
    }
  }

  /**
   * @param onTls called with the session of each TLS connection
   */
  WebSocketTransport(
      Vertx vertx, BenchPlan plan, Consumer<SSLSession> onTls, int connections, Duration timeout) {
    this.plan = plan;
    this.onTls = onTls;
    this.timeout = timeout;
    WebSocketClientOptions options =
        new WebSocketClientOptions()
            .setMaxConnections(Math.max(1, 2 * connections))
            .setMaxFrameSize(MAX_MESSAGE_BYTES)
            .setMaxMessageSize(MAX_MESSAGE_BYTES)
            .setConnectTimeout((int) timeout.toMillis());
    plan.trust().apply(options);
    if (plan.storm() != null) {
      // A reset instead of a TIME_WAIT, which would use up the local ports.
      options.setSoLinger(0);
    }
    client = vertx.createWebSocketClient(options);
  }

  @Override
  public Future<ClientConnection> connect(String account, String query) {
    WebSocketConnectOptions options =
        new WebSocketConnectOptions()
            .setHost(plan.url().getHost())
            .setPort(plan.port())
            .setSsl(plan.isEncrypted())
            .setURI(plan.uri(query));
    options.addHeader("Luna-Account-Id", account).setTimeout(timeout.toMillis());
    return client
        .connect(options)
        .onSuccess(this::secured)
        .<ClientConnection>map(socket -> new Connection(socket, buffer))
        .recover(failure -> Future.failedFuture(reason(failure)));
  }

  private void secured(WebSocket socket) {
    if (socket.isSsl()) {
      onTls.accept(socket.sslSession());
    }
  }

  private static Throwable reason(Throwable failure) {
    return failure instanceof UpgradeRejectedException refused
        ? new RefusedException(
            refused.getStatus(),
            refused.getHeaders().get("Retry-After"),
            refused.getBody() == null ? "" : refused.getBody().toString())
        : failure;
  }

  private static final class Connection implements ClientConnection {
    private final WebSocket socket;
    private final MessageBuffer buffer;
    private final MessageAssembler messages = new MessageAssembler();

    Connection(WebSocket socket, MessageBuffer buffer) {
      this.socket = socket;
      this.buffer = buffer;
    }

    @Override
    public void receive(Listener listener) {
      socket.frameHandler(frame -> onFrame(frame, listener));
      socket.exceptionHandler(broken -> {});
      socket.closeHandler(closed -> listener.onEnd(code()));
    }

    private void onFrame(WebSocketFrame frame, Listener listener) {
      Buffer message = messages.add(frame);
      if (message != null) {
        listener.onMessage(buffer.of(message), 0, message.length());
      }
    }

    private int code() {
      Short code = socket.closeStatusCode();
      return code == null ? ABNORMAL : code;
    }

    @Override
    public void close() {
      if (!socket.isClosed()) {
        socket.close(NORMAL);
      }
    }

    @Override
    public void drop() {
      // Vert.x itself closes a WebSocket only with a close frame.
      if (socket instanceof WebSocketInternal open) {
        open.channelHandlerContext().close();
      }
    }
  }
}
