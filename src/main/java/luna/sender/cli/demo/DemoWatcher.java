package luna.sender.cli.demo;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.UpgradeRejectedException;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.PrintStream;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * An ordinary client that prints a line for each event.
 *
 * <p>Owner: confined to one event loop of its Vert.x.
 */
public final class DemoWatcher {
  private static final int MESSAGE_BYTES = 1 << 21;

  /** Together 10 s, as for the start of the embedded Redis. */
  private static final int RETRIES = 40;

  private static final int RETRY_MILLIS = 250;

  private final Vertx vertx;

  /**
   * Keeps a reference, because Vert.x closes a client that is garbage collected, including pending
   * handshakes.
   */
  private final WebSocketClient client;

  private final PrintStream out;

  /**
   * @param tls whether the service uses TLS; it is this process, so its certificate is not verified
   */
  public DemoWatcher(Vertx vertx, PrintStream out, boolean tls) {
    this.vertx = vertx;
    this.client =
        vertx.createWebSocketClient(
            new WebSocketClientOptions()
                .setSsl(tls)
                .setTrustAll(tls)
                .setVerifyHost(!tls)
                .setMaxFrameSize(MESSAGE_BYTES)
                .setMaxMessageSize(MESSAGE_BYTES));
    this.out = out;
  }

  /** Connects, and prints events from then on. Succeeds when the WebSocket is open. */
  public Future<Void> watch(int port, String uri, String account, @Nullable String token) {
    out.println("Events received from " + uri + ":");
    WebSocketConnectOptions options =
        new WebSocketConnectOptions()
            .setHost("127.0.0.1")
            .setPort(port)
            .setURI(uri)
            .addHeader("Luna-Account-Id", account);
    if (token != null) {
      options.addHeader("Authorization", "Bearer " + token);
    }
    return connect(options, RETRIES)
        .onSuccess(socket -> socket.textMessageHandler(text -> out.println(line(text))))
        .mapEmpty();
  }

  /** Connects, and retries while the service has no connection to Redis yet. */
  private Future<WebSocket> connect(WebSocketConnectOptions options, int retries) {
    return client
        .connect(options)
        .recover(
            failure ->
                retries > 0
                        && failure instanceof UpgradeRejectedException rejected
                        && rejected.getStatus() == 503
                    ? vertx
                        .timer(RETRY_MILLIS, TimeUnit.MILLISECONDS)
                        .compose(due -> connect(options, retries - 1))
                    : Future.failedFuture(failure));
  }

  /** Formats an event as one line. Omits missing parts and those of an unexpected type. */
  static String line(String text) {
    JsonObject event = inside(new JsonObject(text), "event");
    List<String> parts = new ArrayList<>();
    parts.add(LocalTime.now(ZoneId.systemDefault()).truncatedTo(ChronoUnit.MILLIS).toString());
    add(parts, "", event.getValue("source"));
    JsonObject face = inside(event, "face_attributes", "basic_attributes");
    add(parts, "age ", face.getValue("age"));
    add(parts, "", inside(face, "ethnicities").getValue("predominant_ethnicity"));
    JsonObject estimates = inside(event, "aggregate_estimations", "face", "attributes");
    add(parts, "", inside(estimates, "emotions").getValue("predominant_emotion"));
    add(parts, "mask ", inside(estimates, "mask").getValue("predominant_mask"));
    add(parts, "", match(event));
    return "  " + String.join("  ", parts);
  }

  private static void add(List<String> parts, String name, @Nullable Object value) {
    if (value != null) {
      parts.add(name + value);
    }
  }

  private static JsonObject inside(JsonObject object, String... keys) {
    JsonObject inner = object;
    for (String key : keys) {
      inner = inner.getValue(key) instanceof JsonObject next ? next : new JsonObject();
    }
    return inner;
  }

  private static @Nullable String match(JsonObject event) {
    JsonArray matches =
        event.getValue("matches") instanceof JsonArray array ? array : new JsonArray();
    for (Object entry : matches) {
      if (entry instanceof JsonObject match
          && match.getValue("candidates") instanceof JsonArray candidates
          && !candidates.isEmpty()
          && candidates.getValue(0) instanceof JsonObject candidate) {
        return match.getValue("label") + " " + candidate.getValue("similarity");
      }
    }
    return null;
  }
}
