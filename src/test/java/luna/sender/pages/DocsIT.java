package luna.sender.pages;

import static luna.sender.testing.RawHttp.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import luna.sender.testing.RawHttp;
import luna.sender.testing.RawHttp.Answer;
import luna.sender.testing.Service;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tests the contract and the manual, as programs and people request them. */
final class DocsIT {
  private static final String YAML = "application/x-yaml";
  private static final String HTML = "text/html; charset=utf-8";
  private static final String CHROME =
      "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,"
          + "application/signed-exchange;v=b3;q=0.7";
  private static final Pattern REFERENCE =
      Pattern.compile("(?:src|href)\\s*=\\s*[\"']?([^\"'\\s>]+)");
  private static final Pattern MARKDOWN_LINK = Pattern.compile("]\\(([^)\\s]+)\\)");

  @RegisterExtension final Service service = Service.shared();

  @Test
  void specIsTheFileOfTheRepositoryByteForByte() throws IOException {
    Answer answer = ask(get("/docs/spec", "Accept: " + YAML));
    assertThat(answer.body()).isEqualTo(Files.readAllBytes(Path.of("openapi.yaml")));
    assertThat(answer.header("Content-Type")).isEqualTo(YAML);
    assertThat(answer.header("Vary")).isEqualToIgnoringCase("accept");
  }

  @Test
  void asyncApiIsYamlOnly() throws IOException {
    for (String accept : List.of(YAML, "*/*", "application/*", CHROME)) {
      Answer answer = ask(get("/docs/asyncapi", "Accept: " + accept));
      assertThat(answer.status()).as(accept).isEqualTo(200);
      assertThat(answer.header("Content-Type")).isEqualTo(YAML);
      assertThat(answer.header("Vary")).isEqualToIgnoringCase("accept");
      assertThat(answer.text()).contains("\nasyncapi: 3.0.0\n");
    }
    assertThat(ask(get("/docs/asyncapi", "Accept: text/html")).status()).isEqualTo(415);
    assertThat(ask(get("/docs/asyncapi")).status()).isEqualTo(400);
  }

  @TestFactory
  Stream<DynamicTest> formatOfTheSpecIsNegotiated() {
    Map<String, String> forms =
        Map.ofEntries(
            Map.entry(CHROME, HTML),
            Map.entry("text/html", HTML),
            Map.entry("TEXT/HTML", HTML),
            Map.entry("text/*", HTML),
            Map.entry("text/html;level=1", HTML),
            Map.entry("text/html, " + YAML + ";q=0.9", HTML),
            Map.entry(YAML + ";q=0.2, text/html;q=0.3", HTML),
            Map.entry("image/png, text/html;q=0.01", HTML),
            Map.entry("*/*;q=0.5, text/html", HTML),
            Map.entry("*/*, " + YAML + ";q=0", HTML),
            Map.entry("*/*", YAML),
            Map.entry("*/*;q=0.01", YAML),
            Map.entry("application/*", YAML),
            Map.entry(YAML, YAML),
            Map.entry("Application/X-Yaml", YAML),
            Map.entry(YAML + ", text/html", YAML),
            Map.entry("text/html, " + YAML, YAML),
            Map.entry("text/html;q=0.9, " + YAML + ";q=1.0", YAML),
            Map.entry("text/html;q=0, */*", YAML));
    return forms.entrySet().stream()
        .map(
            form ->
                dynamicTest(
                    form.getKey(),
                    () -> {
                      Answer answer = ask(get("/docs/spec", "Accept: " + form.getKey()));
                      assertThat(answer.status()).isEqualTo(200);
                      assertThat(answer.header("Content-Type")).isEqualTo(form.getValue());
                    }));
  }

  @Test
  void unavailableFormatIs415() {
    for (String accept :
        List.of(
            "application/json",
            "image/*",
            "application/yaml",
            "text/plain",
            "*/*;q=0",
            "text/html;q=0",
            "text/html;q=0, " + YAML + ";q=0.0",
            "*/*, " + YAML + ";q=0, text/html;q=0",
            ";;,/,q=1",
            "")) {
      Answer answer = ask(get("/docs/spec", "Accept: " + accept));
      assertThat(answer.status()).as(accept).isEqualTo(415);
      assertThat(new JsonObject(answer.text()).getInteger("error_code")).isEqualTo(12024);
    }
  }

  @Test
  void specWithoutAcceptIsRejectedAndTheHeaderNamed() {
    Answer answer = ask(get("/docs/spec"));
    assertThat(answer.status()).isEqualTo(400);
    assertThat(new JsonObject(answer.text()).getInteger("error_code")).isEqualTo(12014);
    assertThat(new JsonObject(answer.text()).getString("detail"))
        .isEqualTo("Required parameters Accept not found");
  }

  @Test
  void specPageLoadsOnlyFromThisHost() {
    assertSelfContained();
    // Files that the start script loads by itself.
    assertThat(ask(get("/docs/spec/page/start.js")).text()).contains("url: '/docs/spec'");
  }

  @Test
  void manualIsReachedByItsRedirect() {
    Answer redirect = ask(get("/docs/dev"));
    assertThat(redirect.status()).isEqualTo(302);
    assertThat(redirect.header("Location")).isEqualTo("/docs/dev/index.html");
    assertThat(ask(get("/docs/dev/index.html")).text()).contains("Luna Sender");
  }

  @Test
  void everyFileThatTheReadmeLinksToExists() throws IOException {
    List<String> links = found(MARKDOWN_LINK, Files.readString(Path.of("README.md")));
    assertThat(links).contains("openapi.yaml", "LICENSE");
    for (String link : links) {
      if (!link.contains(":")) {
        assertThat(Path.of(link.split("#", 2)[0])).as(link).exists();
      }
    }
  }

  private static List<String> found(Pattern pattern, String text) {
    return pattern.matcher(text).results().map(result -> result.group(1)).distinct().toList();
  }

  @Test
  void nothingOutsideOfTheFoldersIsServed() {
    List<String> ups =
        List.of(
            "../",
            "%2e%2e/",
            "..%2f",
            "%2e%2e%2f",
            "..\\",
            "..%5c",
            "%2e%2e%5c",
            ".%2e/",
            "..;/",
            "..%00/",
            "....//",
            "%252e%252e%252f",
            "..%c0%af",
            "/",
            "%2f",
            "./../");
    List<String> files =
        List.of("openapi.yaml", "luna/sender/build.properties", "etc/passwd", "index.html%00.js");
    for (String folder : List.of("/docs/dev/", "/docs/spec/ui/", "/docs/spec/page/")) {
      for (String up : ups) {
        for (int times : new int[] {1, 2, 3, 6}) {
          files.forEach(file -> assertNotServed(folder + up.repeat(times) + file));
        }
      }
    }
  }

  @Test
  void foldersAreNotListed() {
    for (String folder : List.of("/docs/spec/page", "/docs/spec/page/", "/docs/spec", "/docs")) {
      Answer answer = ask(get(folder, "Accept: text/html"));
      assertThat(answer.text())
          .as(folder)
          .doesNotContain("start.js</a>")
          .doesNotContain("Index of");
    }
  }

  private void assertNotServed(String target) {
    Answer answer = ask(get(target));
    assertThat(answer.status()).as(target).isIn(400, 404);
    assertThat(answer.header("Content-Type")).as(target).isEqualTo("application/json");
  }

  /**
   * Asserts that all references of the API page are to existing files of this host, and that its
   * policy forbids others.
   */
  private void assertSelfContained() {
    String target = "/docs/spec";
    Answer page = ask(get(target, "Accept: text/html"));
    assertThat(page.status()).isEqualTo(200);
    assertThat(page.header("Content-Type")).startsWith("text/html");
    assertThat(page.header("Content-Security-Policy")).contains("default-src 'self'");
    List<String> loaded =
        REFERENCE
            .matcher(page.text().replaceAll("(?s)<a\\s[^>]*>", ""))
            .results()
            .map((MatchResult found) -> found.group(1))
            .filter(reference -> !reference.startsWith("data:") && !reference.startsWith("#"))
            .toList();
    assertThat(loaded)
        .contains("/docs/icon.svg", "/docs/spec/ui/swagger-ui.css", "/docs/spec/page/start.js");
    for (String written : loaded) {
      assertThat(written).as("%s, of this host", target).doesNotMatch("(?s)//.*|[^/]*:.*");
      String reference = URI.create(target).resolve(written).getPath();
      Answer asset = ask(get(reference));
      assertThat(asset.status()).as(reference).isEqualTo(200);
      assertThat(asset.body()).as(reference).isNotEmpty();
      assertThat(asset.header("Content-Type"))
          .as(reference)
          .startsWith(
              reference.endsWith(".css")
                  ? "text/css"
                  : reference.endsWith(".svg") ? "image/svg+xml" : "text/javascript");
      assertThat(asset.header("X-Content-Type-Options")).as(reference).isEqualTo("nosniff");
    }
    assertThat(page.text().replaceAll("(?s)/\\*.*?\\*/", ""))
        .doesNotContainPattern("@import|url\\(\\s*['\"]?(https?:)?//");
  }

  private Answer ask(String request) {
    return RawHttp.exchange(service.port(), request);
  }
}
