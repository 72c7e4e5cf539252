package luna.sender.api;

import static luna.sender.testing.Waiting.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.ext.web.Router;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tests which media type a header {@code Accept} gets, with requests to a server that only
 * negotiates.
 */
final class ContentNegotiationIT {
  private static final Vertx VERTX = Vertx.vertx();
  private static final HttpClient CLIENT = VERTX.createHttpClient();
  private static int port;

  @BeforeAll
  static void start() {
    Router router = Router.router(VERTX);
    router
        .get()
        .handler(
            context -> {
              String form;
              try {
                form = ContentNegotiation.choose(context, "application/x-yaml", "text/html");
              } catch (ApiException failure) {
                form = failure.error().name();
              }
              context.response().end(form);
            });
    HttpServer server = VERTX.createHttpServer().requestHandler(router);
    port = await(server.listen(0, "127.0.0.1")).actualPort();
  }

  @AfterAll
  static void stop() {
    await(VERTX.close());
  }

  /** The parser of Vert.x throws for these, which was a 500. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "text/html;x=\"",
        "*/*, text/html; q=0.5; x=\"",
        "text/html;q=x",
        "text/html;q=0..5",
        "text/html;q=.",
        "text/html;q=-1",
        "text/html;q=1;q=0",
        "text/html;a b=c",
      })
  void malformedMediaRangeIsRejected(String accept) {
    assertThat(chosen(accept)).isEqualTo(ApiError.BAD_HEADER.name());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "application/x-yaml",
        "application/*",
        "*/*",
        "APPLICATION/X-YAML",
        "application/x-yaml;q=0.1",
        "application/x-yaml; charset=utf-8",
        "text/html,application/x-yaml",
        "text/html,*/*",
        "text/html;q=0.8, */*;q=0.9",
        "text/html;q=0,*/*",
        "image/png, */*;q=0.01",
        "*/*;q=0.1, application/*;q=0.2, text/html;q=0.15",
        "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2, application/x-yaml",
        ", ,application/x-yaml,",
        "text/html;x=\"a, */*\";q=0.1, application/x-yaml;q=0.2",
      })
  void yamlIsChosen(String accept) {
    assertThat(chosen(accept)).isEqualTo("application/x-yaml");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "text/html",
        "text/*",
        "Text/HTML",
        "text/html;level=1",
        "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8",
        "application/x-yaml;q=0.5, text/html",
        "application/x-yaml;q=0, */*",
        "application/*;q=0.3, text/*;q=0.4",
        "application/x-yaml;q=0.1, application/*;q=1, text/html;q=0.2",
        "*/*;q=0.9, application/x-yaml;q=0.1",
      })
  void htmlIsChosen(String accept) {
    assertThat(chosen(accept)).isEqualTo("text/html");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "application/json",
        "text/plain",
        "image/*",
        "*/*;q=0",
        "text/html;q=0, application/x-yaml;q=0.0",
        "text/html;q=0",
        "application/yaml",
        "x",
      })
  void noneIsAcceptable(String accept) {
    assertThat(chosen(accept)).isEqualTo("UNSUPPORTED_MEDIA_TYPE");
  }

  @Test
  void firstFormatIsTheDefault() {
    assertThat(chosen(null)).isEqualTo("application/x-yaml");
  }

  private static String chosen(@Nullable String accept) {
    return await(
        CLIENT
            .request(HttpMethod.GET, port, "127.0.0.1", "/")
            .compose(request -> send(request, accept)));
  }

  private static Future<String> send(HttpClientRequest request, @Nullable String accept) {
    if (accept != null) {
      request.putHeader("Accept", accept);
    }
    return request.send().compose(response -> response.body()).map(body -> body.toString());
  }
}
