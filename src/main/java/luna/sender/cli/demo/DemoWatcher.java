package luna.sender.cli.demo;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
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
import org.jspecify.annotations.Nullable;

/**
 * An ordinary client that prints a line for each event.
 *
 * <p>Owner: confined to one event loop of its Vert.x.
 */
public final class DemoWatcher {
  private static final int MESSAGE_BYTES = 1 << 21;

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
    return client
        .connect(options)
        .onSuccess(socket -> socket.textMessageHandler(text -> out.println(line(text))))
        .mapEmpty();
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
