package luna.sender.testing;

import static luna.sender.testing.Waiting.await;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonObject;
import io.vertx.core.parsetools.RecordParser;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Many clients of one account over HTTP/2, each of which does what the {@code EventSource} of a
 * browser does: it reconnects with the last id when its stream ends, after the time that the server
 * has named, and gives up when a response is not 200.
 *
 * <p>Shape: the events of the account have the ids that {@link #id} names, in order.
 *
 * <p>Owner: one test thread; the clients run on an event loop.
 *
 * <p>Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
public final class EventSources implements AutoCloseable {
  private static final int OK = 200;
  private static final int DEFAULT_RETRY_MILLIS = 3000;

  private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
  private final HttpClient client;
  private final int port;
  private final String account;
  private final List<Source> sources = new ArrayList<>();
  private final AtomicInteger connected = new AtomicInteger();
  private final Queue<String> faults = new ConcurrentLinkedQueue<>();
  private volatile boolean closed;

  public EventSources(int port, String account, int count, int perConnection) {
    this.port = port;
    this.account = account;
    client =
        vertx.createHttpClient(
            new HttpClientOptions()
                .setProtocolVersion(HttpVersion.HTTP_2)
                .setSsl(true)
                .setUseAlpn(true)
                .setTrustAll(true)
                .setVerifyHost(false)
                .setHttp2MultiplexingLimit(perConnection)
                .setHttp2ConnectionWindowSize(1 << 26),
            new PoolOptions().setHttp2MaxSize((count + perConnection - 1) / perConnection));
    for (int i = 0; i < count; i++) {
      sources.add(new Source());
    }
    vertx.runOnContext(start -> sources.forEach(Source::connect));
  }

  /** Returns the id of an event by its number. */
  public static String id(int number) {
    return "e" + number;
  }

  /** Returns how many clients have a stream. */
  public int connected() {
    return connected.get();
  }

  /** Returns how many events the client has received that has received the fewest. */
  public int fewestEvents() {
    return sources.stream().mapToInt(source -> source.received).min().orElseThrow();
  }

  /** Returns what clients have missed, received twice, or given up for. */
  public List<String> faults() {
    return List.copyOf(faults);
  }

  private final class Source {
    private volatile int received;
    private String lastId = "";
    private long retryMillis = DEFAULT_RETRY_MILLIS;
    private String name = "";
    private String data = "";

    void connect() {
      RequestOptions options =
          new RequestOptions()
              .setMethod(HttpMethod.GET)
              .setHost("127.0.0.1")
              .setPort(port)
              .setURI("/2/events")
              .addHeader("Accept", "text/event-stream")
              .addHeader("Luna-Account-Id", account);
      if (!lastId.isEmpty()) {
        options.addHeader("Last-Event-ID", lastId);
      }
      client
          .request(options)
          .compose(HttpClientRequest::send)
          .onSuccess(this::read)
          .onFailure(refused -> retry());
    }

    private void read(HttpClientResponse response) {
      if (response.statusCode() != OK) {
        faults.add("gave up: " + response.statusCode());
        return;
      }
      connected.incrementAndGet();
      RecordParser lines = RecordParser.newDelimited("\n", this::line);
      boolean[] ended = {false};
      Runnable end =
          () -> {
            if (!ended[0]) {
              ended[0] = true;
              connected.decrementAndGet();
              retry();
            }
          };
      response.handler(lines);
      response.endHandler(done -> end.run());
      response.exceptionHandler(broken -> end.run());
    }

    private void retry() {
      name = "";
      data = "";
      if (!closed) {
        vertx.setTimer(retryMillis, now -> connect());
      }
    }

    private void line(Buffer bytes) {
      String line = bytes.toString();
      if (line.isEmpty()) {
        dispatch();
      } else if (line.startsWith("id: ")) {
        lastId = line.substring(4);
      } else if (line.startsWith("event: ")) {
        name = line.substring(7);
      } else if (line.startsWith("data: ")) {
        data = line.substring(6);
      } else if (line.startsWith("retry: ")) {
        retryMillis = Long.parseLong(line.substring(7));
      }
    }

    private void dispatch() {
      if (name.isEmpty() && !data.isEmpty()) {
        String id = new JsonObject(data).getJsonObject("event").getString("event_id");
        if (!id.equals(id(received))) {
          faults.add(id + " (expected: " + id(received) + ")");
        }
        received++;
      } else if (name.equals("gap")) {
        faults.add(data);
      }
      name = "";
      data = "";
    }
  }

  @Override
  public void close() {
    closed = true;
    await(vertx.close());
  }
}
