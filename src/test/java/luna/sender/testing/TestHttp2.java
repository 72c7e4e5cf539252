package luna.sender.testing;

import static luna.sender.testing.Waiting.PATIENCE;
import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.onEventLoop;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientConnection;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpConnectOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * One HTTP/2 connection to a service on loopback, over TLS.
 *
 * <p>Owner: one test thread.
 */
public final class TestHttp2 implements AutoCloseable {
  /** Large, so that a stream that is not read does not use up the window of the connection. */
  private static final int CONNECTION_WINDOW_BYTES = 1 << 26;

  private static final long CANCEL = 8;

  private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));

  /** Keeps a reference, because Vert.x closes a client that is garbage collected. */
  private final HttpClientAgent client;

  private final HttpClientConnection connection;

  private TestHttp2(int port) {
    HttpClientOptions options =
        new HttpClientOptions()
            .setProtocolVersion(HttpVersion.HTTP_2)
            .setSsl(true)
            .setUseAlpn(true)
            .setTrustAll(true)
            .setVerifyHost(false)
            .setInitialSettings(new Http2Settings().setMaxConcurrentStreams(1000))
            .setHttp2ConnectionWindowSize(CONNECTION_WINDOW_BYTES);
    client = vertx.createHttpClient(options);
    connection = await(client.connect(new HttpConnectOptions().setHost("127.0.0.1").setPort(port)));
  }

  public static TestHttp2 connect(int port) {
    return new TestHttp2(port);
  }

  public HttpClientConnection connection() {
    return connection;
  }

  /** Opens the stream of an account, with these header lines. */
  public TestEventStream events(String account, String query, String... lines) {
    Body body = new Body();
    HttpClientResponse response = get(account, query, body, lines);
    response.resume();
    return stream(response, body);
  }

  /** Opens the stream of an account, and reads nothing of it until its body is resumed. */
  public HttpClientResponse unread(String account, String query) {
    return get(account, query, new Body());
  }

  /** Reads a response that was not read until now. */
  public TestEventStream read(HttpClientResponse unread) {
    Body body = new Body();
    body.of(unread);
    unread.resume();
    return stream(unread, body);
  }

  private HttpClientResponse get(String account, String query, Body body, String... lines) {
    HttpClientRequest request = request(HttpMethod.GET, "/2/events?" + query);
    request.putHeader("Luna-Account-Id", account).putHeader("Accept", "text/event-stream");
    for (String line : lines) {
      String[] parts = line.split(": ", 2);
      request.putHeader(parts[0], parts[1]);
    }
    return await(
        onEventLoop(
            vertx,
            () ->
                request
                    .send()
                    .map(
                        response -> {
                          response.pause();
                          body.of(response);
                          return response;
                        })));
  }

  public HttpClientRequest request(HttpMethod method, String uri) {
    return await(connection.request(new RequestOptions().setMethod(method).setURI(uri)));
  }

  /** Sends a GET and returns the response with its body. */
  public Response get(String uri) {
    return send(HttpMethod.GET, uri, "");
  }

  /**
   * Sends a request with a JSON body, unless it is empty, and returns the response with its body.
   */
  public Response send(HttpMethod method, String uri, String json) {
    HttpClientRequest request = request(method, uri);
    if (!json.isEmpty()) {
      request.putHeader("Content-Type", "application/json");
    }
    return await(
        onEventLoop(
            vertx,
            () ->
                request
                    .send(Buffer.buffer(json))
                    .compose(
                        response ->
                            response
                                .body()
                                .map(
                                    body ->
                                        new Response(response.statusCode(), body.toString())))));
  }

  public record Response(int status, String body) {}

  private static TestEventStream stream(HttpClientResponse response, Body body) {
    Map<String, String> headers = new HashMap<>();
    response.headers().forEach(headers::put);
    return new TestEventStream(
        response.statusCode(), headers, body, () -> response.request().reset(CANCEL));
  }

  /** The body of a response, which blocks its reader until it arrives. */
  private static final class Body extends InputStream {
    private static final Buffer END = Buffer.buffer();

    private final BlockingQueue<Buffer> parts = new LinkedBlockingQueue<>();
    private Buffer part = END;
    private int read;

    void of(HttpClientResponse response) {
      response.handler(parts::add);
      response.endHandler(ended -> parts.add(END));
      response.exceptionHandler(broken -> parts.add(END));
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] into, int from, int length) throws IOException {
      while (read == part.length()) {
        part = next();
        read = 0;
        if (part.length() == 0) {
          parts.add(END);
          return -1;
        }
      }
      int count = Math.min(length, part.length() - read);
      part.getBytes(read, read + count, into, from);
      read += count;
      return count;
    }

    private Buffer next() throws IOException {
      try {
        Buffer next = parts.poll(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        if (next == null) {
          throw new IOException("nothing arrived within " + PATIENCE);
        }
        return next;
      } catch (InterruptedException interrupted) {
        throw new InterruptedIOException();
      }
    }
  }

  @Override
  public void close() {
    await(vertx.close());
  }
}
