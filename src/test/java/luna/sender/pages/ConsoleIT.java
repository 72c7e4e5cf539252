package luna.sender.pages;

import static luna.sender.testing.RawHttp.get;
import static luna.sender.testing.RawHttp.request;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import luna.sender.api.BuildVersion;
import luna.sender.api.GuardedSender;
import luna.sender.api.OpenApi;
import luna.sender.testing.RawHttp;
import luna.sender.testing.RawHttp.Answer;
import luna.sender.testing.Service;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tests the console as it is served; tests in a browser are elsewhere. */
final class ConsoleIT {
  private static final Path FOLDER = Path.of("src/main/resources/luna/sender/console");
  private static final String ACCOUNT = "8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a";
  private static final long LIMIT_BYTES = 250_000;
  private static final Map<String, String> TYPES =
      Map.of(
          "html", "text/html; charset=utf-8",
          "css", "text/css; charset=utf-8",
          "js", "text/javascript; charset=utf-8",
          "svg", "image/svg+xml");
  private static final Pattern REFERENCE = Pattern.compile("(?:src|href)=\"([^\"#]+)\"");
  private static final Pattern IMPORT = Pattern.compile("(?m)^import .*?from '([^']+)';");
  private static final Pattern OTHER_HOST =
      Pattern.compile("(?:https?|wss?)://(?!www\\.w3\\.org/)");

  @RegisterExtension
  final Service service = Service.shared("LUNA_SENDER_HTTP_SETTINGS__CONSOLE_ACCOUNT=" + ACCOUNT);

  @RegisterExtension final Service off = Service.shared("LUNA_SENDER_HTTP_SETTINGS__CONSOLE=0");

  @Test
  void pageIsTheFileOfTheRepositoryWithAStrictPolicy() throws IOException {
    for (String target : List.of("/", "/?account_id=" + ACCOUNT + "&gender=1&colour=red")) {
      Answer page = ask(get(target));
      assertThat(page.status()).isEqualTo(200);
      assertThat(page.body()).isEqualTo(Files.readAllBytes(FOLDER.resolve("index.html")));
      assertSecured(page, "html");
    }
    assertThat(ask(get("/")).text())
        .doesNotContainPattern("<script(?![^>]*src=)|<style|\\son\\w+=|\\sstyle=|javascript:");
  }

  @Test
  void everyFileIsServedWithItsMediaType() throws IOException {
    for (String name : names()) {
      if (name.equals("index.html")) {
        continue;
      }
      Answer file = ask(get("/console/" + name));
      assertThat(file.status()).as(name).isEqualTo(200);
      assertThat(file.body()).as(name).isEqualTo(Files.readAllBytes(FOLDER.resolve(name)));
      assertSecured(file, name.substring(name.lastIndexOf('.') + 1));
    }
  }

  @Test
  void pageLoadsOnlyExistingFilesOfThisHost() throws IOException {
    List<String> loaded = new ArrayList<>();
    REFERENCE
        .matcher(Files.readString(FOLDER.resolve("index.html")))
        .results()
        .forEach((MatchResult found) -> loaded.add("/" + found.group(1)));
    for (String name : names()) {
      String text = Files.readString(FOLDER.resolve(name));
      IMPORT
          .matcher(text)
          .results()
          .forEach(
              (MatchResult found) -> loaded.add("/console/" + found.group(1).replace("./", "")));
      assertThat(text).as(name).doesNotContain("innerHTML", "insertAdjacentHTML", "eval(");
      if (!name.equals("snippets.js")) {
        assertThat(OTHER_HOST.matcher(text).find()).as(name).isFalse();
      }
    }
    assertThat(loaded).contains("/console/main.js", "/console/query.js", "/console/console.css");
    for (String target : loaded) {
      assertThat(ask(get(target, "Accept: text/html")).status()).as(target).isEqualTo(200);
    }
  }

  @Test
  void consoleIsSmall() throws IOException {
    long bytes = 0;
    for (String name : names()) {
      bytes += Files.size(FOLDER.resolve(name));
    }
    assertThat(bytes).isBetween(20_000L, LIMIT_BYTES);
  }

  @Test
  void jsonContractEqualsTheContract() throws IOException {
    Answer answer = ask(get("/console/contract.json"));
    assertThat(answer.header("Content-Type")).isEqualTo("application/json");
    JsonNode contract = new ObjectMapper().readTree(answer.body());
    assertThat(contract).isEqualTo(OpenApi.document());
  }

  @Test
  void settingsHaveTheDefaultAccountAndWhetherTokensAreRequired() {
    JsonObject settings = new JsonObject(ask(get("/console/settings.json")).text());
    assertThat(settings.getString("account")).isEqualTo(ACCOUNT);
    assertThat(settings.getBoolean("tokens")).isFalse();
    assertThat(settings.getBoolean("publish")).isFalse();
    assertThat(settings.getString("sample_url")).isEmpty();
    assertThat(settings.getString("version")).isEqualTo(BuildVersion.read().text());
    try (GuardedSender guarded = new GuardedSender()) {
      int port = guarded.port(service.redis().port());
      JsonObject other =
          new JsonObject(RawHttp.exchange(port, get("/console/settings.json")).text());
      assertThat(other.getString("account")).isNull();
      assertThat(other.getBoolean("tokens")).isTrue();
      // The page is the same for all, and connects only on request.
      assertThat(RawHttp.exchange(port, get("/")).status()).isEqualTo(200);
    }
  }

  @Test
  void cachedFileIsRevalidatedWith304() {
    for (String target : List.of("/", "/console/main.js", "/console/contract.json")) {
      Answer first = ask(get(target));
      assertThat(first.header("Cache-Control")).isEqualTo("no-cache");
      Answer second = ask(get(target, "If-None-Match: " + first.header("ETag")));
      assertThat(second.status()).as(target).isEqualTo(304);
      assertThat(second.body()).isEmpty();
      assertThat(ask(get(target, "If-None-Match: \"another\"")).status()).isEqualTo(200);
    }
  }

  @Test
  void otherMethodsAreRejected() {
    for (String method : List.of("POST", "PUT", "DELETE", "PATCH")) {
      for (String target : List.of("/", "/console/main.js")) {
        assertThat(ask(request(method, target)).status()).as(method + " " + target).isEqualTo(405);
      }
    }
  }

  @Test
  void nothingOutsideOfTheFolderIsServed() {
    List<String> ups = List.of("../", "%2e%2e/", "..%2f", "..\\", "..%5c", "..;/", "%252e%252e/");
    List<String> files = List.of("spec/index.html", "build.properties", "openapi.yaml", "main.js");
    for (String up : ups) {
      for (int times : new int[] {1, 2, 4}) {
        for (String file : files) {
          String target = "/console/" + up.repeat(times) + file;
          Answer answer = ask(get(target));
          assertThat(answer.status()).as(target).isIn(400, 404);
          assertThat(answer.header("Content-Type")).as(target).isEqualTo("application/json");
        }
      }
    }
    for (String target : List.of("/console", "/console/", "/console/nothing.js", "/index.html")) {
      assertThat(ask(get(target)).status()).as(target).isEqualTo(404);
    }
  }

  @Test
  void disabledConsoleIsNotFound() {
    for (String target :
        List.of("/", "/console/main.js", "/console/contract.json", "/console/settings.json")) {
      Answer answer = RawHttp.exchange(off.port(), get(target));
      assertThat(answer.status()).as(target).isEqualTo(404);
      assertThat(new JsonObject(answer.text()).getInteger("error_code")).isEqualTo(12013);
    }
  }

  private static void assertSecured(Answer answer, String ending) {
    assertThat(answer.header("Content-Type")).isEqualTo(TYPES.get(ending));
    assertThat(answer.header("X-Content-Type-Options")).isEqualTo("nosniff");
    assertThat(answer.header("X-Frame-Options")).isEqualTo("DENY");
    assertThat(answer.header("Referrer-Policy")).isEqualTo("no-referrer");
    assertThat(answer.header("Content-Security-Policy"))
        .contains(
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'")
        .doesNotContain("unsafe", "*", "data:", "http");
  }

  private static List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  private Answer ask(String request) {
    return RawHttp.exchange(service.port(), request);
  }
}
