package luna.sender.browser;

import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import luna.sender.testing.Service;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.openqa.selenium.By;

/** "Try it out" of the API page, with its examples unchanged. */
final class SpecPageIT {
  @RegisterExtension final Service service = new Service();

  private final Page page = new Page();

  @AfterEach
  void close() {
    try {
      page.assertQuiet();
    } finally {
      page.close();
    }
  }

  @Test
  void exampleOfExplainPassesWhenItIsExecuted() {
    execute("#operations-Events-explain");
    until("there is an answer", () -> answer("#operations-Events-explain").contains("clauses"));
    assertThat(answer("#operations-Events-explain")).contains("200", "\"passes\": true");
    assertThat(page.find("#console").isDisplayed()).isFalse();
  }

  @Test
  void executedWebSocketLeadsToTheConsoleWithTheSameParameters() {
    execute("#operations-Events-ws");
    until("there is a link", () -> page.find("#console").isDisplayed());
    String link = String.valueOf(page.find("#console-link").getDomProperty("href"));
    assertThat(URI.create(link).getPath()).isEqualTo("/");
    assertThat(URI.create(link).getRawQuery().split("&", -1))
        .startsWith("account_id=8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a")
        .contains("gender=1", "age__gte=18", "age__lt=50", "masks=1,2", "cities=Moscow,New-York", "areas=CAO,central%20park")
        .doesNotContain("gaps=1", "stats=1", "slow=drop_oldest", "strict=1");
    page.click(page.find("#console-link"));
    page.awaitLive();
    assertThat(page.url()).contains("gender=1", "age__gte=18");
    assertThat(page.find("#warning").isDisplayed()).isFalse();
  }

  @Test
  void linkOfTheDescriptionOpensTheConsoleWithItsFilters() {
    page.open(service.port(), "").visit("docs/spec");
    String link = "#operations-Events-ws a[href*='gender=1']";
    until("the page is there", () -> !page.all("#operations-Events-ws").isEmpty());
    page.click(page.find("#operations-Events-ws button"));
    until("the operation is open", () -> !page.all(link).isEmpty());
    String target = String.valueOf(page.find(link).getDomProperty("href"));
    page.open(service.port(), URI.create(target).getRawQuery());
    until("the filter is set", () -> page.find("#query").getText().contains("gender=1"));
    assertThat(page.find("#query").getText()).contains("age__gte=18", "cities=Moscow,New-York");
  }

  @Test
  void pageFollowsTheThemeAndLinksToConsoleAndManual() {
    page.open(service.port(), "");
    page.prefer("dark");
    page.visit("docs/spec");
    until("the page is there", () -> !page.all("#operations-Events-ws").isEmpty());
    page.shoot("spec-dark");
    assertThat(background()).isEqualTo("rgb(28, 32, 34)");
    page.prefer("light");
    until("it is light", () -> !background().equals("rgb(28, 32, 34)"));
    page.shoot("spec-light");
    assertThat(page.texts(".pages a")).containsExactly("Console", "Manual");
    page.click(page.find(".pages a:last-child"));
    until("the manual is there", () -> page.url().endsWith("/docs/dev/index.html"));
  }

  private String background() {
    return page.run("return getComputedStyle(document.querySelector('.swagger-ui')).backgroundColor");
  }

  /** Opens an operation and presses both of its buttons. */
  private void execute(String operation) {
    page.open(service.port(), "").visit("docs/spec");
    until("the page is there", () -> !page.all(operation).isEmpty());
    page.click(page.find(operation + " button"));
    until("the operation is open", () -> !page.all(operation + " .try-out__btn").isEmpty());
    page.click(page.find(operation + " .try-out__btn"));
    until("it can be tried", () -> !page.all(operation + " .execute").isEmpty());
    page.click(page.find(operation + " .execute"));
  }

  private String answer(String operation) {
    return page.find(operation).findElements(By.cssSelector(".live-responses-table")).stream()
        .map(table -> table.getText())
        .reduce("", String::concat);
  }
}
