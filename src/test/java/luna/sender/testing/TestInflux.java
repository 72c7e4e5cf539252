package luna.sender.testing;

import static luna.sender.testing.Waiting.await;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import luna.sender.testing.LineProtocol.Point;

/**
 * An endpoint that accepts points like InfluxDB 2, and stores them.
 *
 * <p>Errors: points that InfluxDB would reject or misinterpret are in {@link #faults}.
 *
 * <p>Owner: thread-safe.
 */
public final class TestInflux implements AutoCloseable {
  public static final String TOKEN = "s3cret==";

  /** Instead of a status: never answers. */
  public static final int SILENT = 0;

  private final Vertx vertx = Vertx.vertx();
  private final List<String> faults = new ArrayList<>();
  private final Map<String, Point> stored = new LinkedHashMap<>();
  private volatile int status = 204;
  private volatile int requests;
  private final HttpServerOptions options;
  private HttpServer server;

  public TestInflux() {
    this(new HttpServerOptions().setHost("127.0.0.1").setPort(0));
  }

  public TestInflux(HttpServerOptions options) {
    this.options = options;
    listen();
  }

  /** Listens, on the previous port if there was one. */
  public void listen() {
    server =
        await(
            vertx
                .createHttpServer(options)
                .requestHandler(request -> request.body().onSuccess(body -> take(request, body)))
                .listen());
    options.setPort(server.actualPort());
  }

  /** Refuses connections from now on. */
  public void goAway() {
    await(server.close());
  }

  public int port() {
    return options.getPort();
  }

  /** Sets the status of all further responses, or {@link #SILENT}. */
  public void answer(int status) {
    this.status = status;
  }

  /** Returns the number of requests. */
  public int requests() {
    return requests;
  }

  /** Returns the accepted points: the last one for each series, tags and time. */
  public synchronized List<Point> points(String series) {
    return stored.values().stream().filter(point -> point.series().equals(series)).toList();
  }

  /** Returns how many accepted points of the series match. */
  public long count(String series, Predicate<Point> like) {
    return points(series).stream().filter(like).count();
  }

  public synchronized List<String> faults() {
    return List.copyOf(faults);
  }

  private synchronized void take(HttpServerRequest request, Buffer body) {
    // Read before the request is counted, because a test that sees the count may change the
    // response.
    int answer = status;
    requests++;
    check(request);
    List<Point> points = List.of();
    try {
      points = LineProtocol.parse(body.toString());
    } catch (IllegalArgumentException fault) {
      faults.add(fault.getMessage());
    }
    if (answer == SILENT) {
      return;
    }
    if (answer == 204) {
      points.forEach(this::store);
    }
    request.response().setStatusCode(answer).end(answer == 204 ? "" : "{\"message\":\"a\nb\"}");
  }

  private void store(Point point) {
    Point before = stored.put(point.key(), point);
    if (before != null && !before.equals(point)) {
      faults.add("two points of the same time: " + before + " and " + point);
    }
  }

  private void check(HttpServerRequest request) {
    Map<String, List<String>> query = new HashMap<>();
    request
        .params()
        .forEach(each -> query.put(each.getKey(), request.params().getAll(each.getKey())));
    expect("method", "POST", request.method().name());
    expect("path", "/api/v2/write", request.path());
    expect(
        "query",
        Map.of(
            "org", List.of("an org&bucket=other"),
            "bucket", List.of("events"),
            "precision", List.of("ns")),
        query);
    expect("authorization", List.of("Token " + TOKEN), request.headers().getAll("Authorization"));
    expect(
        "content type",
        List.of("text/plain; charset=utf-8"),
        request.headers().getAll("Content-Type"));
    expect("encoding", List.of(), request.headers().getAll("Content-Encoding"));
  }

  private void expect(String what, Object expected, Object actual) {
    if (!expected.equals(actual)) {
      faults.add(what + ": " + actual + " (expected: " + expected + ")");
    }
  }

  @Override
  public void close() {
    await(vertx.close());
  }
}
