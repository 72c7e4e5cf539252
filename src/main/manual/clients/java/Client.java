import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Prints each event as it happens, for ever. Needs nothing but a JDK 17: {@code java Client.java} */
public final class Client {
  private static final URI ADDRESS = URI.create(env("LUNA_URL", "ws://127.0.0.1:5080/2/ws?gender=1"));
  private static final String ACCOUNT = env("LUNA_ACCOUNT", "8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a");

  /** To connect again would end the same way. */
  private static final Set<Integer> MEND_ME = Set.of(1002, 1003, 1007, 1008, 1009);

  /** Of the service, or of a proxy before it. */
  private static final Set<Integer> TRY_AGAIN = Set.of(429, 500, 502, 503, 504);

  /** The service pings every 20 s; a peer that vanished sends no close. */
  private static final Duration SILENCE = Duration.ofSeconds(50);

  public static void main(String[] arguments) throws InterruptedException {
    HttpClient http = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();
    for (int failures = 0; ; failures = Math.min(failures + 1, 10)) {
      long start = System.nanoTime();
      long atLeastMillis = 0;
      try {
        int code = receive(http);
        System.err.println("closed with " + code);
        if (MEND_ME.contains(code)) {
          System.exit(1);
        }
        if (System.nanoTime() - start > Duration.ofSeconds(10).toNanos()) {
          failures = 0; // it was a good connection
        }
      } catch (CompletionException failure) {
        System.err.println("no connection: " + failure.getCause());
        if (failure.getCause() instanceof WebSocketHandshakeException refused) {
          HttpResponse<?> response = refused.getResponse();
          System.err.println("refused with " + response.statusCode() + ": " + response.body());
          if (!TRY_AGAIN.contains(response.statusCode())) {
            System.exit(1);
          }
          atLeastMillis = 1000 * response.headers().firstValueAsLong("Retry-After").orElse(0);
        }
      }
      // Jitter over the whole range: clients that lost the same node come back spread out.
      long range = Math.min(10_000, 500L << failures);
      Thread.sleep(Math.max(atLeastMillis, ThreadLocalRandom.current().nextLong(100, range + 1)));
    }
  }

  /** One connection, from its opening to its close code. */
  private static int receive(HttpClient http) throws InterruptedException {
    Listener listener = new Listener();
    WebSocket socket =
        http.newWebSocketBuilder()
            .header("Luna-Account-Id", ACCOUNT) // a new connection needs it again
            .connectTimeout(Duration.ofSeconds(10))
            .buildAsync(ADDRESS, listener)
            .join();
    while (true) {
      try {
        return listener.closed.get(1, TimeUnit.SECONDS);
      } catch (TimeoutException open) {
        if (System.nanoTime() - listener.lastNanos > SILENCE.toNanos()) {
          socket.abort();
          return 1006;
        }
      } catch (java.util.concurrent.ExecutionException impossible) {
        throw new IllegalStateException(impossible);
      }
    }
  }

  private static void handle(String json) {
    System.out.println(json.length() <= 100 ? json : json.substring(0, 100) + "…"); // parse it here
  }

  private static String env(String name, String otherwise) {
    return System.getenv().getOrDefault(name, otherwise);
  }

  private static final class Listener implements WebSocket.Listener {
    final CompletableFuture<Integer> closed = new CompletableFuture<>();
    volatile long lastNanos = System.nanoTime();
    private final StringBuilder message = new StringBuilder();

    /** One message may come in many parts, for the JDK hands over what its buffer holds. */
    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean last) {
      lastNanos = System.nanoTime();
      message.append(part);
      if (last) {
        String json = message.toString();
        message.setLength(0);
        handle(json);
      }
      socket.request(1);
      return null;
    }

    /** The JDK answers it by itself. */
    @Override
    public CompletionStage<?> onPing(WebSocket socket, java.nio.ByteBuffer data) {
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
      System.err.println("connection: " + failure);
      closed.complete(1006);
    }
  }
}
