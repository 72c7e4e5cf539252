package luna.sender.testing;

import static luna.sender.testing.Waiting.PATIENCE;
import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.onEventLoop;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.http.UpgradeRejectedException;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A WebSocket client like those of users.
 *
 * <p>Owner: one test thread.
 */
public final class TestSocket implements AutoCloseable {
  private static final int MESSAGE_BYTES = 1 << 24;
  private static final int POLL_MILLIS = 20;
  private static final Vertx VERTX = Vertx.vertx();
  private static final WebSocketClient CLIENT = VERTX.createWebSocketClient(options());
  private static final WebSocketClient DEFLATING =
      VERTX.createWebSocketClient(
          options()
              .setTryUsePerMessageCompression(true)
              // Netty rejects parameters that it has not offered, against RFC 7692, 7.1.1.
              .setCompressionRequestServerNoContext(true)
              .setCompressionAllowClientNoContext(true));

  private static final Set<TestSocket> OPEN = ConcurrentHashMap.newKeySet();

  private final WebSocket socket;
  private final MultiMap headers;
  private final BlockingQueue<String> messages = new LinkedBlockingQueue<>();
  private final BlockingQueue<Short> closes = new LinkedBlockingQueue<>();

  private static WebSocketClientOptions options() {
    return new WebSocketClientOptions()
        .setMaxFrameSize(MESSAGE_BYTES)
        .setMaxMessageSize(MESSAGE_BYTES)
        .setMaxConnections(10_000)
        .addEnabledCipherSuite(TestCertificates.FAST_CIPHER_SUITE)
        .setTrustAll(true)
        .setVerifyHost(false);
  }

  private TestSocket(WebSocket socket) {
    this.socket = socket;
    this.headers = socket.headers();
    socket.textMessageHandler(messages::add);
    socket.exceptionHandler(failure -> {});
    OPEN.add(this);
    socket.closeHandler(
        end -> {
          closes.add(socket.closeStatusCode() == null ? 1006 : socket.closeStatusCode());
          OPEN.remove(this);
        });
  }

  /** Opens {@code /2/ws} with this query for this account. */
  public static TestSocket open(int port, String account, String query) {
    return await(opening(port, account, query));
  }

  /** The same without waiting; frames are collected from the first one on. */
  public static Future<TestSocket> opening(int port, String account, String query) {
    return connecting(port, "/2/ws?" + query, Map.of("Luna-Account-Id", account));
  }

  /** As {@link #open}, over TLS, with any certificate. */
  public static TestSocket openTls(int port, String account, String query) {
    return await(
        connecting(
            CLIENT,
            new WebSocketConnectOptions().setSsl(true),
            port,
            "/2/ws?" + query,
            Map.of("Luna-Account-Id", account)));
  }

  /** Opens a WebSocket with any handshake. */
  public static Future<TestSocket> connecting(
      int port, String uri, Map<String, String> requestHeaders) {
    return connecting(CLIENT, new WebSocketConnectOptions(), port, uri, requestHeaders);
  }

  /** Opens {@code /2/ws} with an offer of permessage-deflate. */
  public static TestSocket deflating(int port, String account) {
    return deflating(port, account, "");
  }

  /** The same with a query. */
  public static TestSocket deflating(int port, String account, String query) {
    return await(
        connecting(
            DEFLATING,
            new WebSocketConnectOptions(),
            port,
            "/2/ws?" + query,
            Map.of("Luna-Account-Id", account)));
  }

  private static Future<TestSocket> connecting(
      WebSocketClient client,
      WebSocketConnectOptions options,
      int port,
      String uri,
      Map<String, String> requestHeaders) {
    options.setHost("127.0.0.1").setPort(port).setURI(uri);
    requestHeaders.forEach(options::addHeader);
    // A handler must be set before the frames right after the 101 arrive.
    return onEventLoop(VERTX, () -> client.connect(options).map(TestSocket::new));
  }

  /** Returns the response of a handshake that must be rejected. */
  public static UpgradeRejectedException refused(
      int port, String uri, Map<String, String> requestHeaders) {
    try {
      await(connecting(port, uri, requestHeaders)).close();
    } catch (UpgradeRejectedException refusal) {
      return refusal;
    }
    throw new AssertionError(uri + ": accepted (expected: refused)");
  }

  /** Returns the headers of the 101. */
  public MultiMap headers() {
    return headers;
  }

  /** Returns the text of the next message. Fails immediately if the socket is closed. */
  public String nextText() {
    try {
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      boolean last;
      String text;
      do {
        last = isClosed() || System.nanoTime() - deadline > 0;
        text = messages.poll(last ? 0 : POLL_MILLIS, TimeUnit.MILLISECONDS);
      } while (text == null && !last);
      assertThat(text).as("next message (close code: %s)", closes.peek()).isNotNull();
      return text;
    } catch (InterruptedException failure) {
      throw new AssertionError(failure);
    }
  }

  /** Returns the next message. */
  public JsonObject next() {
    return new JsonObject(nextText());
  }

  /** Returns the {@code event_id} of the next message. */
  public String nextEventId() {
    return next().getJsonObject("event").getString("event_id");
  }

  /** Returns the number of received messages that were not taken yet. */
  public int waiting() {
    return messages.size();
  }

  /** Stops reading from the network, like a stalled client. */
  public void pause() {
    socket.pause();
  }

  public void resume() {
    socket.resume();
  }

  public WebSocket socket() {
    return socket;
  }

  /** Waits until the socket is closed; returns the close code. */
  public int closeCode() {
    try {
      Short code = closes.poll(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      assertThat(code).as("close code").isNotNull();
      return code;
    } catch (InterruptedException failure) {
      throw new AssertionError(failure);
    }
  }

  public boolean isClosed() {
    return !closes.isEmpty();
  }

  /** Closes all clients that are connected to this port, including paused ones. */
  static void closeAll(int port) {
    for (TestSocket each : OPEN) {
      if (each.socket.remoteAddress().port() == port) {
        each.resume();
        each.close();
      }
    }
  }

  @Override
  public void close() {
    socket.close();
  }
}
