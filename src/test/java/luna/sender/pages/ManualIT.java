package luna.sender.pages;

import static java.util.stream.Collectors.toSet;
import static luna.sender.testing.RawHttp.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import luna.sender.testing.RawHttp;
import luna.sender.testing.RawHttp.Answer;
import luna.sender.testing.Service;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tests the pages of the manual, as browsers request them. */
final class ManualIT {
  private static final String FOLDER = "/docs/dev/";
  private static final int PAGE_LIMIT_BYTES = 200_000;
  private static final Path FORMER_ANCHORS =
      Path.of("src/test/resources/manual/anchors-of-one-page.txt");

  /** The text of code that may name a file, or a path with its method. */
  private static final Pattern NAME = Pattern.compile("(?:GET )?(\\S+)");

  private static final Pattern FILE =
      Pattern.compile("(?:conf|src|\\.ci)/[\\w./-]+|openapi\\.yaml|pom\\.xml|Dockerfile");
  private static final Pattern OWN_PATH =
      Pattern.compile(
          "/(?:docs/spec|docs/asyncapi|docs/dev|[12]/ws|metrics|version|config|healthcheck|livez|readyz)(?:/[\\w./-]*)?");

  @RegisterExtension final Service service = Service.shared();

  private final Map<String, Document> pages = new TreeMap<>();

  /** Reads the pages in the order of their links to the next one. */
  @BeforeEach
  void readPages() {
    String next = "index.html";
    while (!next.isEmpty()) {
      Document page = Jsoup.parse(ask(next).text());
      assertThat(pages.put(next, page)).as(next).isNull();
      next = page.select("a[rel=next]").attr("href");
    }
  }

  @Test
  void contentsOfEachPageListAllPagesAndMarkThisOne() {
    assertThat(pages).hasSizeGreaterThan(25).containsKeys("connecting.html", "operations.html");
    pages.forEach(
        (name, page) -> {
          List<String> listed = page.select("#contents > ul > li > a").eachAttr("href");
          assertThat(listed).as(name).hasSize(pages.size() - 1).doesNotHaveDuplicates();
          assertThat(pages.keySet()).as(name).containsAll(listed);
          if (!name.equals("index.html")) {
            assertThat(page.select("[aria-current=page]").eachAttr("href")).containsExactly(name);
            assertThat(page.select("main h1").eachText()).containsExactly(title(page));
          }
        });
  }

  private Document page(String file) {
    return Objects.requireNonNull(pages.get(file), file);
  }

  private List<String> ids(String file) {
    return page(file).select("[id]").eachAttr("id");
  }

  private static String title(Document page) {
    return page.title().replace(" – Luna Sender manual", "");
  }

  @Test
  void indexHasAnEntryForEachReaderWithThreeToFivePages() {
    for (String reader : List.of("integrator", "guard", "operator")) {
      assertThat(page("index.html").select("." + reader + " li a").size())
          .as(reader)
          .isBetween(3, 5);
    }
  }

  @Test
  void everyLinkOfEveryPageLeadsSomewhere() {
    Set<String> all =
        pages.values().stream()
            .flatMap(page -> page.select("a[href]").eachAttr("href").stream())
            .collect(toSet());
    assertThat(all)
        .contains("operations.html#why-not", "clients/python/client.py", "../../", "../spec");
    pages.forEach(
        (name, page) -> {
          List<String> ids = page.select("[id]").eachAttr("id");
          assertThat(ids).as(name).doesNotHaveDuplicates();
          page.select("a[href]").eachAttr("href").forEach(link -> assertLeadsSomewhere(name, link));
        });
  }

  private void assertLeadsSomewhere(String page, String link) {
    if (link.contains(":")) {
      // Except for the reader's own service, all addresses use TLS.
      assertThat(link).matches("https://[\\w.-]+(/.*)?|http://127\\.0\\.0\\.1:5080(/.*)?");
      assertThat(URI.create(link)).as(link).hasNoUserInfo();
      return;
    }
    URI target = URI.create(FOLDER + page).resolve(link);
    String file = target.getPath().replace(FOLDER, "");
    if (target.getFragment() != null) {
      assertThat(ids(file)).as("%s: %s", page, link).contains(target.getFragment());
    } else if (!pages.containsKey(file)) {
      Answer answer =
          RawHttp.exchange(service.port(), get(target.getPath(), "Accept: text/html, */*"));
      assertThat(answer.status()).as("%s: %s", page, link).isEqualTo(200);
    }
  }

  @Test
  void everyAnchorOfTheFormerSinglePageIsOnOnePage() throws IOException {
    JsonObject places = new JsonObject(ask("anchors.json").text());
    List<String> former = Files.readAllLines(FORMER_ANCHORS);
    assertThat(former).hasSizeGreaterThan(250).contains("why-not", "_filters_2");
    for (String anchor : former) {
      assertThat(ids(places.getString(anchor, "none"))).as(anchor).contains(anchor);
    }
  }

  @Test
  void searchHasAllSectionsAndTheirTexts() {
    JsonArray sections = new JsonArray(ask("search.json").text());
    List<String> found = new ArrayList<>();
    for (int i = 0; i < sections.size(); i++) {
      JsonObject section = sections.getJsonObject(i);
      URI target = URI.create(section.getString("id"));
      found.add(section.getString("id"));
      Document page = page(target.getPath());
      String fragment = target.getFragment();
      Element heading = page.expectFirst(fragment == null ? "main h1" : "[id='" + fragment + "']");
      assertThat(heading.text()).isEqualTo(section.getString("title"));
      assertThat(title(page)).isEqualTo(section.getString("page"));
      assertThat(page.expectFirst("main").text()).contains(start(section.getString("text")));
    }
    assertThat(found).doesNotHaveDuplicates().contains("guarantees.html#gaps", "results.html");
    assertThat(found).hasSizeGreaterThan(200);
  }

  private static String start(String text) {
    return text.substring(0, Math.min(text.length(), 20));
  }

  @Test
  void noPageIsLargeOrHasInlineCodeOrStyle() {
    pages.forEach(
        (name, page) -> {
          Answer answer = ask(name);
          assertThat(answer.body().length).as(name).isLessThanOrEqualTo(PAGE_LIMIT_BYTES);
          assertThat(answer.header("Content-Security-Policy"))
              .contains("default-src 'none'", "script-src 'self';", "style-src 'self';")
              .doesNotContain("unsafe");
          assertThat(page.select("style, [style], script:not([src])")).as(name).isEmpty();
          assertThat(page.select("[onclick], [onload]")).as(name).isEmpty();
          // Asciidoctor takes two underscores in a name for emphasis.
          assertThat(page.select("code em, code strong").eachText()).as(name).isEmpty();
        });
  }

  @Test
  void everyFileThatAPageLoadsIsOfThisHost() {
    Document page = page("console.html");
    List<String> loaded = new ArrayList<>(page.select("link[href]").eachAttr("href"));
    loaded.addAll(page.select("[src]").eachAttr("src"));
    loaded.addAll(List.of("page/search.js", "lunr.js", "search.json", "anchors.json"));
    assertThat(loaded).contains("icon.svg", "page/manual.css", "page/manual.js");
    for (String file : loaded) {
      assertThat(file).doesNotContain(":").doesNotStartWith("//");
      Answer answer = ask(file);
      assertThat(answer.status()).as(file).isEqualTo(200);
      assertThat(answer.header("X-Content-Type-Options")).as(file).isEqualTo("nosniff");
      assertThat(answer.header("Content-Type"))
          .as(file)
          .startsWith(
              switch (file.substring(file.lastIndexOf('.'))) {
                case ".css" -> "text/css";
                case ".svg" -> "image/svg+xml";
                case ".png" -> "image/png";
                case ".json" -> "application/json";
                default -> "text/javascript";
              });
    }
  }

  @Test
  void cachedFileIsRevalidatedWith304() {
    for (String file : List.of("index.html", "page/manual.css", "images/console-360-light.png")) {
      for (String coding : List.of("gzip", "identity")) {
        Answer first = ask(file, "Accept-Encoding: " + coding);
        assertThat(first.header("Cache-Control")).isEqualTo("no-cache");
        Answer second =
            ask(file, "Accept-Encoding: " + coding, "If-None-Match: " + first.header("ETag"));
        assertThat(second.status()).as(file).isEqualTo(304);
        assertThat(second.body()).isEmpty();
        assertThat(second.header("ETag")).isEqualTo(first.header("ETag"));
        assertThat(ask(file, "If-None-Match: \"another\"").status()).isEqualTo(200);
      }
    }
  }

  @Test
  void textIsCompressedForClientsThatAcceptIt() throws IOException {
    for (String file :
        List.of("index.html", "page/manual.js", "search.json", "../spec/ui/swagger-ui.css")) {
      Answer plain = ask(file);
      assertThat(plain.headers()).as(file).doesNotContainKey("content-encoding");
      assertThat(plain.header("Vary")).isEqualTo("accept-encoding");
      for (String accepted : List.of("gzip", "br, GZIP;q=0.5", "deflate, gzip, br, zstd")) {
        Answer packed = ask(file, "Accept-Encoding: " + accepted);
        assertThat(packed.header("Content-Encoding")).as(accepted).isEqualTo("gzip");
        assertThat(packed.header("Vary")).isEqualTo("accept-encoding");
        assertThat(packed.header("Content-Type")).isEqualTo(plain.header("Content-Type"));
        assertThat(packed.header("ETag")).isNotEqualTo(plain.header("ETag"));
        assertThat(packed.body().length).as(file).isLessThan(plain.body().length / 2);
        assertThat(unpacked(packed)).isEqualTo(plain.body());
      }
      for (String refused :
          List.of("gzip;q=0", "gzip;q=0.000, br", "br", "gzip;;q", "\"gzip", "")) {
        assertThat(ask(file, "Accept-Encoding: " + refused).body())
            .as(refused)
            .isEqualTo(plain.body());
      }
    }
    Answer image = ask("images/console-360-light.png", "Accept-Encoding: gzip");
    assertThat(image.headers()).doesNotContainKeys("content-encoding", "vary");
  }

  private static byte[] unpacked(Answer answer) throws IOException {
    try (GZIPInputStream stream = new GZIPInputStream(new ByteArrayInputStream(answer.body()))) {
      return stream.readAllBytes();
    }
  }

  @Test
  void everyFileAndPathThatTheManualNamesExists() {
    List<String> names = new ArrayList<>();
    for (Document page : pages.values()) {
      for (String text : page.select("code").eachText()) {
        if (NAME.matcher(text).matches()) {
          names.add(text.replace("GET ", ""));
        }
      }
    }
    assertThat(names).contains("openapi.yaml", "conf/config.yaml", "/metrics", "/docs/spec");
    for (String name : Set.copyOf(names)) {
      if (FILE.matcher(name).matches()) {
        assertThat(Path.of(name)).as(name).exists();
      } else if (OWN_PATH.matcher(name).matches()) {
        assertThat(RawHttp.exchange(service.port(), get(name, "Accept: */*")).status())
            .as(name)
            .isNotEqualTo(404);
      }
    }
  }

  private Answer ask(String file, String... lines) {
    String path = URI.create(FOLDER).resolve(file).getPath();
    return RawHttp.exchange(service.port(), get(path, lines));
  }
}
