package luna.sender.browser;

import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import luna.sender.testing.Service;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openqa.selenium.Keys;

/** Reads the manual in a browser: on screens of all sizes, by keyboard, and by its search. */
final class ManualPageIT {
  private static final String MANUAL = "docs/dev/";
  private static final List<Integer> WIDTHS = List.of(360, 768, 1440);

  @RegisterExtension final Service service = Service.shared();

  private final Page page = new Page();

  @BeforeEach
  void open() {
    page.open(service.port(), "");
  }

  @AfterEach
  void close() {
    try {
      page.assertQuiet();
    } finally {
      page.close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"index", "getting-started", "plain-http", "monitoring", "errors"})
  void pageHasNoAccessibilityFaultInAnyThemeAndSize(String name) {
    for (String scheme : List.of("light", "dark")) {
      page.prefer(scheme);
      page.visit(MANUAL + name + ".html");
      for (int width : WIDTHS) {
        page.resize(width, 900);
        String what = "manual-" + name + "-" + width + "-" + scheme;
        page.shoot(what);
        page.assertFaultless(what);
      }
    }
  }

  @Test
  void codeOfAllLanguagesHasNoFaultInAnyTheme() {
    for (String scheme : List.of("light", "dark")) {
      page.prefer(scheme);
      page.visit(MANUAL + "connecting.html");
      page.assertFaultless(scheme);
    }
  }

  @Test
  void noPageIsWiderThanTheScreen() {
    page.resize(WIDTHS.get(0), 640);
    page.visit(MANUAL + "index.html");
    List<String> names =
        page.run("return [...document.querySelectorAll('#contents > ul > li > a')].map(a => a.getAttribute('href'))");
    assertThat(names).hasSizeGreaterThan(25);
    for (String name : names) {
      page.visit(MANUAL + name);
      for (int width : WIDTHS) {
        page.resize(width, 640);
        long overflow = page.run("return document.documentElement.scrollWidth - innerWidth");
        assertThat(overflow).as("%s at %d px", name, width).isNotPositive();
      }
    }
  }

  @Test
  void searchFindsASectionByKeyboard() {
    page.visit(MANUAL + "index.html");
    assertThat(isIndexLoaded()).as("index, before the search is used").isFalse();
    page.press("/");
    page.press("reconnect without losing");
    until("there are results", () -> !page.all("#found li").isEmpty());
    assertThat(isIndexLoaded()).isTrue();
    assertThat(attribute("aria-expanded")).isEqualTo("true");
    assertThat(attribute("aria-activedescendant")).isEqualTo("found-0");
    page.press(Keys.ARROW_UP);
    assertThat(attribute("aria-activedescendant")).isNotEqualTo("found-0");
    page.press(Keys.ARROW_DOWN);
    assertThat(page.find("#found-0").getDomAttribute("aria-selected")).isEqualTo("true");
    page.assertFaultless("with results");
    page.shoot("manual-search");
    page.press(Keys.ENTER);
    until("the section is there", () -> page.url().endsWith(MANUAL + "messages.html#resume"));
  }

  @Test
  void searchSaysWhenNothingIsFound() {
    page.visit(MANUAL + "errors.html");
    page.press("/");
    page.press("zyxwvutsrq");
    until("it says so", () -> page.find("#search-state").getText().contains("Nothing found"));
    assertThat(page.all("#found li")).isEmpty();
    assertThat(attribute("aria-expanded")).isEqualTo("false");
    page.assertFaultless("without results");
    page.press(Keys.ESCAPE);
    assertThat(page.find("#search-panel").isDisplayed()).isFalse();
  }

  @Test
  void anchorOfTheFormerSinglePageLeadsToItsPage() {
    page.visit(MANUAL + "index.html#runbook-lag");
    until("it is the page", () -> page.url().endsWith(MANUAL + "monitoring.html#runbook-lag"));
    assertThat(page.find("#runbook-lag").getText()).isEqualTo("Events are late");
  }

  @Test
  void currentPageAndSectionAreMarked() {
    page.visit(MANUAL + "operations.html#tls");
    until(
        "the section is marked",
        () -> page.texts("#contents [aria-current=location]").equals(List.of("TLS")));
    assertThat(page.texts("#contents [aria-current=page]")).containsExactly("Run the service");
  }

  @Test
  void contentsOpenOnASmallScreenAndCloseAtTheSection() {
    page.resize(360, 640);
    page.visit(MANUAL + "operations.html");
    assertThat(page.find("#contents").isDisplayed()).isFalse();
    page.click(page.find("button.open"));
    assertThat(page.find("#contents").isDisplayed()).isTrue();
    page.assertFaultless("with open contents");
    page.shoot("manual-contents-360");
    page.click(page.find("#contents a[href='#tls']"));
    until("the contents are closed", () -> !page.find("#contents").isDisplayed());
    assertThat(page.url()).endsWith("operations.html#tls");
  }

  @Test
  void codeIsScrolledByKeyboard() {
    page.resize(360, 640);
    page.visit(MANUAL + "connecting.html");
    page.run("document.querySelector('pre').focus()");
    page.press(Keys.ARROW_RIGHT);
    until("it is scrolled", () -> page.<Number>run("return document.activeElement.scrollLeft").intValue() > 0);
  }

  private String attribute(String name) {
    return String.valueOf(page.find("#search").getDomAttribute(name));
  }

  private boolean isIndexLoaded() {
    return page.run(
        "return performance.getEntriesByType('resource').some(e => e.name.endsWith('search.json'))");
  }
}
