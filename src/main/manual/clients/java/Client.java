import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Prints each event as one line of JSON, until it is stopped. Needs only a JDK 17:
 * {@code java Client.java gender=1 'cities=Washington, D.C.' cities=München} (repeated name: or this value)
 */
public final class Client {
  static final String URL = System.getenv().getOrDefault("LUNA_URL", "ws://127.0.0.1:5080/2/ws");
  static final String ACCOUNT =
      System.getenv().getOrDefault("LUNA_ACCOUNT", "8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a");
  static final String TOKEN_FILE = System.getenv("LUNA_TOKEN_FILE"); // if the service requires tokens

  /** If the service keeps a history: continue after the last event. */
  static final boolean RESUME = "1".equals(System.getenv("LUNA_RESUME"));

  /** The position is the last key of a message. */
  static final Pattern POSITION = Pattern.compile("\"position\":\"([0-9a-f-]+)\"}+$");

  static volatile String position;

  /** Do not reconnect: a bug of this client, or an operator has closed it. */
  static final Set<Integer> FINAL_CODES = Set.of(1002, 1003, 1007, 1008, 1009, 4403);

  /** From the service, or from a proxy in front of it. */
  static final Set<Integer> TRY_AGAIN = Set.of(429, 500, 502, 503, 504);

  /**
   * The service pings every 20 s; a peer that disappeared sends no close. The JDK sometimes misses the end of
   * a connection that ends without a close frame right after a message; this timeout ends it then.
   */
  static final Duration SILENCE = Duration.ofSeconds(50);

  static final HttpClient HTTP = HttpClient.newHttpClient();
  static final PrintStream OUT = new PrintStream(new FileOutputStream(FileDescriptor.out), true, UTF_8);

  /** Return quickly: a client that reads slower than events arrive is closed with 4008. */
  static void handle(String json) {
    OUT.println(json); // parse it here
  }

  /** Events of this time may be missing: fetch them from the platform's own store. */
  static void handleGap(String json) {
    System.err.println("gap " + json);
  }

  public static void main(String[] filters) throws Exception {
    URI address = address(filters);
    for (int failures = 0; ; ) {
      long start = System.nanoTime();
      long atLeastMillis = 0;
      String token = fetchToken();
      try {
        int code = receive(address, token);
        if (FINAL_CODES.contains(code)) {
          stop("closed with " + code + ": do not reconnect");
        }
        System.err.println("closed with " + code + (code == 4008 ? " (read faster, or ask for less)" : ""));
      } catch (CompletionException failure) {
        if (failure.getCause() instanceof WebSocketHandshakeException refused) {
          HttpResponse<?> response = refused.getResponse();
          String text = "refused with " + response.statusCode() + ": " + response.body();
          boolean renewed = response.statusCode() == 401 && !Objects.equals(fetchToken(), token);
          if (!TRY_AGAIN.contains(response.statusCode()) && !renewed) {
            stop(text);
          }
          System.err.println(text);
          atLeastMillis = 1000 * response.headers().firstValueAsLong("Retry-After").orElse(0);
        } else {
          System.err.println("no connection: " + failure.getCause());
        }
      }
      boolean lasted = System.nanoTime() - start > Duration.ofSeconds(10).toNanos();
      failures = lasted ? 0 : Math.min(failures + 1, 10);
      // Full jitter: clients that lost the same node do not reconnect at the same time.
      long range = Math.min(10_000, 250L << failures);
      Thread.sleep(Math.max(atLeastMillis, ThreadLocalRandom.current().nextLong(range)));
    }
  }

  /** A plain comma separates values, so a comma inside a value is %2C. */
  static URI address(String... filters) {
    Map<String, String> values = new LinkedHashMap<>();
    for (String filter : filters) {
      String[] parts = filter.split("=", 2);
      values.merge(parts[0], URLEncoder.encode(parts[1], UTF_8), (some, one) -> some + "," + one);
    }
    StringBuilder url = new StringBuilder(URL).append("?gaps=1");
    values.forEach((name, list) -> url.append('&').append(name).append('=').append(list));
    return URI.create(url.toString());
  }

  /** A new token, or null: request it from your issuer here. */
  static String fetchToken() throws IOException {
    return TOKEN_FILE == null ? null : Files.readString(Path.of(TOKEN_FILE)).strip();
  }

  static void stop(String why) {
    System.err.println(why);
    System.exit(1);
  }

  /** One connection, from its opening to its close code. */
  static int receive(URI address, String token) throws Exception {
    Listener listener = new Listener();
    WebSocket.Builder opening = HTTP.newWebSocketBuilder().connectTimeout(Duration.ofSeconds(10));
    opening.header("Luna-Account-Id", ACCOUNT); // needed for each connection
    if (token != null) {
      opening.header("Authorization", "Bearer " + token);
    }
    String resume = RESUME ? "&positions=1" + (position == null ? "" : "&after=" + position) : "";
    URI from = URI.create(address + resume);
    WebSocket socket = opening.buildAsync(from, listener).join();
    while (true) {
      try {
        return listener.closed.get(1, TimeUnit.SECONDS);
      } catch (ExecutionException broken) {
        System.err.println("connection: " + broken.getCause());
        return 1006;
      } catch (TimeoutException open) {
        if (System.nanoTime() - listener.lastNanos > SILENCE.toNanos()) {
          socket.abort();
          return 1006;
        }
      }
    }
  }

  static final class Listener implements WebSocket.Listener {
    final CompletableFuture<Integer> closed = new CompletableFuture<>();
    volatile long lastNanos = System.nanoTime();
    private final StringBuilder message = new StringBuilder();

    /** A message may arrive in several parts, because the JDK passes on the content of its buffer. */
    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean last) {
      lastNanos = System.nanoTime();
      message.append(part);
      if (last) {
        String json = message.toString();
        message.setLength(0);
        if (json.startsWith("{\"gap\":")) {
          handleGap(json);
        } else if (json.startsWith("{\"interruption\":")) {
          System.err.println(json); // events may be missing from now on, until a gap or "healed" follows
        } else if (json.startsWith("{\"event\":")) {
          handle(json);
        }
        Matcher found = POSITION.matcher(json);
        if (RESUME && found.find()) {
          position = found.group(1); // after handle(): an event counts as received once it is handled
        }
      }
      socket.request(1); // without it, no more messages arrive
      return null;
    }

    /** The JDK answers it automatically. */
    @Override
    public CompletionStage<?> onPing(WebSocket socket, ByteBuffer data) {
      lastNanos = System.nanoTime();
      socket.request(1);
      return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
      closed.complete(code);
      return null;
    }

    @Override
    public void onError(WebSocket socket, Throwable failure) {
      closed.completeExceptionally(failure);
    }
  }
}
