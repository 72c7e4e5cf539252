package luna.sender.api;

import static luna.sender.testing.RawHttp.get;
import static luna.sender.testing.RawHttp.handshake;
import static luna.sender.testing.RawHttp.request;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import luna.sender.testing.RawHttp;
import luna.sender.testing.RawHttp.Answer;
import luna.sender.testing.Service;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Tests which paths and methods exist. A proxy that checks the path must see the same path as the
 * service.
 */
final class TargetIT {
  /** Every GET of the contract, one file of each folder, and the paths outside the contract. */
  private static final List<String> PATHS =
      List.of(
          "/",
          "/console/main.js",
          "/console/contract.json",
          "/docs/spec",
          "/docs/spec/page/start.js",
          "/docs/spec/ui/swagger-ui.css",
          "/docs/dev",
          "/docs/dev/index.html",
          "/docs/icon.svg",
          "/version",
          "/config",
          "/healthcheck",
          "/livez",
          "/readyz",
          "/metrics",
          "/1/ws",
          "/2/ws");

  /** Paths that some server could interpret as an existing one. */
  private static final List<String> ODD_SPELLINGS =
      List.of(
          "/2/ws/../../config",
          "/2/ws/..%2f..%2fconfig",
          "/2/ws/%2e%2e/%2E%2e/config",
          "/2/ws/%2e%2e%2f%2e%2e%2fconfig",
          "/2/ws/..%5c..%5cconfig",
          "/2/ws/..\\..\\config",
          "/2/ws/..;/..;/config",
          "/2/ws/..;a=b/..;a=b/config",
          "/2/ws/%252e%252e/%252e%252e/config",
          "/../config",
          "/./config",
          "/%2e/config",
          "/%2e%2e/config",
          "/config/.",
          "/config/..",
          "/config/../config",
          "/config/./",
          "/config/",
          "/config//",
          "/config%2f",
          "/config/%2e",
          "//config",
          "///config",
          "/%2fconfig",
          "/\\config",
          "/%5cconfig",
          "/config\\",
          "/config;",
          "/config;a=b",
          "/config%3ba=b",
          "/config%20",
          "/config%00",
          "/config%09",
          "/config#",
          "/config#a",
          "/config%23",
          "/config%3F",
          "/%63onfig",
          "/confi%67",
          "/c%6fnfig",
          "/CONFIG",
          "/Config",
          "/config.",
          "/config~",
          "/config*",
          "/con+fig",
          "//2/ws",
          "/2//ws",
          "/2/ws/",
          "/2/./ws",
          "/2/x/../ws",
          "/%32/ws",
          "/2%2fws",
          "/02/ws",
          "/2;/ws",
          "/2/ws;x",
          "/2/WS",
          "/+2/ws",
          "/2.0/ws",
          "//",
          "/.",
          "/..",
          "/%2f",
          "/%2e",
          "/index.html",
          "/console/",
          "/console/../config",
          "/console//main.js",
          "/console/%6dain.js",
          "/console/./main.js",
          "/docs/dev/",
          "/docs/dev/./index.html",
          "/docs/dev//index.html",
          "/docs//dev/index.html",
          "/docs/dev/x/../index.html",
          "/docs/dev/%69ndex.html",
          "/docs/dev/index.html/",
          "/docs/dev/index.html;x",
          "/docs/dev/../../config",
          "/docs/dev/../../version",
          "/docs/spec/",
          "/docs/spec/ui/../../dev/index.html",
          "/docs/spec/ui/",
          "/docs/spec/page/",
          "/healthcheck/../config",
          "/version/..%2fconfig",
          "/\u00e9",
          "/%c3%a9",
          "/%ff",
          "/%",
          "/%2",
          "/%zz",
          "http://test/2/ws/../../config",
          "http://test//config",
          "http://test/%63onfig",
          "http://test/config/",
          "http://test?/config",
          "http://test/..?/config",
          "http://a/config/../config",
          "http:/config",
          "http:config",
          "ftp://test/config",
          "ws://test/2/ws",
          "file:///config",
          "//test/config",
          "x/config",
          "config",
          ".",
          "*/config",
          "test:80");

  @RegisterExtension final Service service = Service.shared();

  @Test
  void headHasStatusAndFieldsOfGetWithoutABody() {
    for (String path : PATHS) {
      for (String accept : List.of("*/*", "text/html", "text/plain", "application/json")) {
        headIsAsGet(path, accept);
      }
    }
  }

  private void headIsAsGet(String path, String accept) {
    Answer got = ask("GET", path, "Accept: " + accept);
    try (RawHttp connection = RawHttp.connect(service.port())) {
      Answer head = connection.send(request("HEAD", path, "Accept: " + accept)).head();
      assertThat(head.status()).as(accept).isEqualTo(got.status());
      assertThat(head.headers().keySet()).as(accept).isEqualTo(got.headers().keySet());
      for (String field : got.headers().keySet()) {
        // Times and scraped numbers differ between any two responses.
        if (!List.of("luna-request-id", "content-length", "date").contains(field)) {
          assertThat(head.header(field)).as(field).isEqualTo(got.header(field));
        }
      }
      if (!List.of("/metrics", "/healthcheck").contains(path)) {
        assertThat(head.header("Content-Length")).isEqualTo(got.header("Content-Length"));
      }
      // A body would be read as the next response.
      assertThat(connection.send(get("/version")).answer().status()).isEqualTo(200);
    }
  }

  @Test
  void optionsAndWrongMethodsListTheMethods() {
    for (String path : PATHS) {
      Answer options = ask("OPTIONS", path);
      assertThat(options.status()).as(path).isEqualTo(204);
      assertThat(options.header("Allow")).as(path).isEqualTo("GET, HEAD, OPTIONS");
      assertThat(options.headers()).as(path).doesNotContainKey("content-length");
      for (String method : List.of("POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "get")) {
        Answer refusal = ask(method, path);
        assertThat(refusal.status()).as("%s %s", method, path).isEqualTo(405);
        assertThat(refusal.header("Allow")).isEqualTo("GET, HEAD, OPTIONS");
        assertThat(refusal.text()).contains("12021");
      }
    }
  }

  @Test
  void explainAcceptsOnlyPost() {
    assertThat(ask("OPTIONS", "/2/explain").header("Allow")).isEqualTo("OPTIONS, POST");
    for (String method : List.of("GET", "PUT", "DELETE")) {
      Answer refusal = ask(method, "/2/explain");
      assertThat(refusal.status()).isEqualTo(405);
      assertThat(refusal.header("Allow")).isEqualTo("OPTIONS, POST");
    }
    try (RawHttp connection = RawHttp.connect(service.port())) {
      assertThat(connection.send(request("HEAD", "/2/explain")).head().status()).isEqualTo(405);
    }
  }

  @Test
  void optionsOfTheServerAreAnswered() {
    Answer all = ask("OPTIONS", "*");
    assertThat(all.status()).isEqualTo(204);
    assertThat(all.header("Allow")).isEqualTo("GET, HEAD, OPTIONS, POST");
    assertThat(all.header("Luna-Request-Id")).isNotEmpty();
  }

  @Test
  void unknownPathIsNotFoundWithAnyMethod() {
    for (String path :
        List.of(
            "/nothing",
            "/3/ws",
            "/2/wss",
            "/docs",
            "/docs/dev/nothing.html",
            "/docs/dev/images",
            "/docs/spec/ui/x.css",
            "/console/nothing.js",
            "/metrics/")) {
      for (String method : List.of("GET", "OPTIONS", "POST", "DELETE", "FOO")) {
        assertThat(ask(method, path).status()).as("%s %s", method, path).isEqualTo(404);
      }
      try (RawHttp connection = RawHttp.connect(service.port())) {
        assertThat(connection.send(request("HEAD", path)).head().status()).as(path).isEqualTo(404);
      }
    }
  }

  @Test
  void pathIsComparedUndecoded() {
    for (String target : ODD_SPELLINGS) {
      for (String method : List.of("GET", "OPTIONS")) {
        Answer answer = ask(method, target);
        assertThat(answer.status()).as("%s %s", method, target).isIn(400, 404);
        assertThat(answer.text())
            .as("%s %s", method, target)
            .contains("error_code")
            .doesNotContain("LUNA_SENDER");
      }
      String handshake = get(target, handshake(Service.account()));
      assertThat(RawHttp.exchange(service.port(), handshake).status()).as(target).isIn(400, 404);
    }
  }

  @Test
  void absoluteTargetAndAnyQueryAreAccepted() {
    for (String target :
        List.of(
            "http://test/config",
            "HTTP://other.test:80/config",
            "https://test/config?x",
            "http://test",
            "http://test/",
            "/?a=/../config",
            "/config?/../x",
            "/config?a=//b")) {
      assertThat(ask("GET", target).status()).as(target).isEqualTo(200);
    }
  }

  @Test
  void queryOfTooManyParametersIsRejectedOnEveryPath() {
    for (String separator : List.of("&", ";", "a&", "a;", "a=1&")) {
      for (String path : PATHS) {
        Answer answer = ask("GET", path + "?" + separator.repeat(5_000));
        assertThat(answer.status()).as("%s %s", path, separator).isEqualTo(400);
        assertThat(answer.text())
            .as("%s %s", path, separator)
            .contains("too many parameters (expected: at most 5000)");
      }
    }
  }

  private Answer ask(String method, String target, String... lines) {
    return RawHttp.exchange(service.port(), request(method, target, lines));
  }
}
