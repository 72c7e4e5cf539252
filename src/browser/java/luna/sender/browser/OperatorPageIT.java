package luna.sender.browser;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import luna.sender.testing.OperatorTokensFile;
import luna.sender.testing.PackagedCommand;
import luna.sender.testing.PackagedSender;
import luna.sender.testing.Service;
import luna.sender.testing.StartedSender;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openqa.selenium.Keys;

/** Uses the operators' page of the console with two nodes, one of them in its own process. */
final class OperatorPageIT {
  private static final String TOKEN_KEY = "luna.operator-token";

  private final Path file = OperatorTokensFile.create();

  @RegisterExtension final Service service = new Service("LUNA_SENDER_ADMIN__TOKENS_FILE=" + file);

  private final String account = Service.account();
  private final String other = Service.account();
  private final Page page = new Page();
  private PackagedSender second;
  private TestSocket here;
  private TestSocket there;

  @BeforeEach
  void start() throws Exception {
    second =
        PackagedSender.start(
            service.redis(),
            Map.of("LUNA_SENDER_ADMIN__TOKENS_FILE", file.toString()),
            PackagedCommand.FAST_START);
    here = service.open(account, "gender=1");
    there = TestSocket.open(second.port(), other, "slow=latest");
  }

  @AfterEach
  void close() throws Exception {
    second.signal("CONT");
    here.close();
    there.close();
    second.close();
    try {
      page.assertQuiet();
    } finally {
      page.close();
    }
  }

  private void open() {
    page.open(service.port(), "");
    page.visit("#operator");
  }

  private void awaitForm() {
    until(
        "the token is asked for",
        () -> page.parts("operator-token").stream().anyMatch(input -> input.isDisplayed()));
  }

  private void enter(String token) {
    open();
    awaitForm();
    page.part("operator-token").sendKeys(token, Keys.ENTER);
  }

  /** Opens the lists and waits for the clients. */
  private void openLists() {
    openLists(2);
  }

  private void openLists(int expected) {
    enter(OperatorTokensFile.CLOSE_TOKEN);
    until("all clients are listed", () -> clients().size() == expected);
  }

  private List<String> clients() {
    return page.texts("[data-test=clients] tbody tr");
  }

  private List<String> accounts() {
    return page.texts("[data-test=accounts] tbody tr");
  }

  private List<String> nodes() {
    return page.texts("[data-test=nodes] tbody tr");
  }

  /** Presses a button in the row of a client or an account. */
  private void clickIn(String list, String key, String button) {
    page.click(
        page.find("[data-test=" + list + "] tr[data-key='" + key + "'] [data-test=" + button + "]"));
  }

  private String idOf(String filter) {
    return page.run(
        """
        const row = [...document.querySelectorAll('[data-test=clients] tbody tr')]
            .find(each => each.innerText.includes(arguments[0]));
        return row.dataset.key""",
        filter);
  }

  private String focused() {
    return page.run("return document.activeElement.dataset.test ?? document.activeElement.tagName");
  }

  private String said(String part) {
    return page.run(
        "return document.querySelector('[data-test=' + arguments[0] + ']')?.innerText ?? ''", part);
  }

  @Test
  void tokenIsAskedForAndKeptInThisTabOnly() {
    open();
    awaitForm();
    assertThat(focused()).isEqualTo("operator-token");
    assertThat(page.part("operator-lists").isDisplayed()).isFalse();
    assertThat(page.part("feed").isDisplayed()).isFalse();
    page.assertAccessible("token");
    page.part("operator-token").sendKeys("x".repeat(40), Keys.ENTER);
    until(
        "the wrong token is reported",
        () -> said("operator-token-fault").contains("not one of an operator"));
    assertThat(page.part("operator-token").getDomProperty("value")).isEmpty();
    assertThat((String) page.run("return sessionStorage.getItem(arguments[0])", TOKEN_KEY)).isNull();
    page.assertAccessible("wrong token");
    page.part("operator-token").sendKeys(OperatorTokensFile.READ_TOKEN, Keys.ENTER);
    until("both clients are listed", () -> clients().size() == 2);
    assertThat(page.url()).endsWith("#operator").doesNotContain("read-");
    assertThat((String) page.run("return JSON.stringify(localStorage) + document.cookie"))
        .doesNotContain("read-");
    page.run("location.reload()");
    until("it is not asked for again", () -> clients().size() == 2);
    page.click(page.part("forget"));
    assertThat(page.part("operator-token").isDisplayed()).isTrue();
    assertThat((String) page.run("return sessionStorage.getItem(arguments[0])", TOKEN_KEY)).isNull();
  }

  @Test
  void nodesAccountsAndClientsAreShown() {
    service.redis().publish(account, payload(event("one")));
    openLists();
    assertThat(nodes()).hasSize(2).allMatch(row -> row.contains("Answered"));
    assertThat(nodes().get(0)).contains("127.0.0.1:" + service.port());
    assertThat(clients().get(0)).contains("127.0.0.1", account, "gender=1");
    assertThat(clients().get(1)).contains("slow=latest", other, "latest");
    until(
        "the event is counted",
        () ->
            page.texts("[data-column=events_per_second]").stream()
                .anyMatch(rate -> rate.matches("0\\.[1-9][0-9]*|0\\.0[1-9]|[1-9][0-9.]*")));
    assertThat(accounts()).hasSize(2);
    assertThat(said("operator-time")).startsWith("Last answer at ");
    page.click(page.find("[data-sort=account_id]"));
    assertThat(accounts()).isSorted();
    assertThat(page.find("[aria-sort]").getDomAttribute("aria-sort")).isEqualTo("ascending");
    page.click(page.find("[data-sort=account_id]"));
    assertThat(accounts().get(0).compareTo(accounts().get(1))).isPositive();
    page.click(page.part("scope-node"));
    until("only this node is shown", () -> nodes().size() == 1 && clients().size() == 1);
  }

  @Test
  void accountAndConditionsSelectClients() {
    openLists();
    clickIn("accounts", account, "account");
    until("its client is listed", () -> clients().size() == 1);
    assertThat(clients().get(0)).contains(account);
    assertThat(focused()).isEqualTo("clients-heading");
    page.part("filter-address").sendKeys("127.0.0.2", Keys.ENTER);
    until("none fits", () -> clients().isEmpty() && said("clients-page").contains("No client fits"));
    page.click(page.part("clear-conditions"));
    until("all are listed", () -> clients().size() == 2);
    page.select("filter-slow", "latest");
    page.click(page.part("apply"));
    until("one is listed", () -> clients().size() == 1);
    page.part("filter-account_id").sendKeys("42", Keys.ENTER);
    until("the fault is named", () -> said("condition-fault").contains("account_id"));
    page.assertAccessible("a rejected condition");
  }

  @Test
  void detailsHaveTheRequestIdAndReturnTheFocus() {
    openLists();
    String id = idOf("gender=1");
    clickIn("clients", id, "client");
    assertThat(page.part("operator-details").getText())
        .contains(id, account, here.headers().get("Luna-Request-Id"), "gender=1");
    page.assertAccessible("details");
    page.press(Keys.ESCAPE);
    assertThat(page.part("operator-details").isDisplayed()).isFalse();
    assertThat(focused()).isEqualTo("client");
  }

  @Test
  void confirmedClosingClosesThatSocketOnly() {
    openLists();
    String id = idOf("slow=latest");
    clickIn("clients", id, "close-client");
    assertThat(page.part("operator-confirm").getText()).contains("4403", other, "127.0.0.1");
    page.assertAccessible("confirmation");
    page.click(page.part("cancel"));
    assertThat(focused()).isEqualTo("close-client");
    assertThat(there.isClosed()).isFalse();
    clickIn("clients", id, "close-client");
    page.click(page.part("confirm"));
    assertThat(there.closeCode()).isEqualTo(4403);
    until("it is announced", () -> said("operator-said").equals("1 connection closed."));
    assertThat(page.part("operator-said").getAriaRole()).isEqualTo("status");
    assertThat(focused()).isEqualTo("clients-heading");
    until("it has left the list", () -> clients().size() == 1);
    assertThat(here.isClosed()).isFalse();
    second.awaitLine("An operator closes connections", "operator=", "connection=");
  }

  @Test
  void allClientsOfAnAccountAreClosed() {
    try (TestSocket more = TestSocket.open(second.port(), account, "")) {
      openLists(3);
      clickIn("accounts", account, "close-account");
      assertThat(page.part("operator-confirm").getText()).contains("4403", account, "all nodes", "2");
      page.click(page.part("confirm"));
      assertThat(here.closeCode()).isEqualTo(4403);
      assertThat(more.closeCode()).isEqualTo(4403);
      until("it is announced", () -> said("operator-said").equals("2 connections closed."));
      until("they have left the list", () -> clients().size() == 1);
      assertThat(there.isClosed()).isFalse();
    }
  }

  @Test
  void tokenThatMayOnlyReadIsExplained() {
    enter(OperatorTokensFile.READ_TOKEN);
    until("both clients are listed", () -> clients().size() == 2);
    clickIn("clients", idOf("gender=1"), "close-client");
    page.click(page.part("confirm"));
    until("the scope is named", () -> said("confirm-fault").contains("lacks the scope “close”"));
    page.assertAccessible("scope");
    page.click(page.part("cancel"));
    assertThat(page.part("operator-read-only").isDisplayed()).isTrue();
    assertThat(page.parts("close-client")).noneMatch(button -> button.isDisplayed());
    assertThat(here.isClosed()).isFalse();
  }

  @Test
  void frozenNodeIsNamedWithinTheWait() throws Exception {
    openLists();
    second.signal("STOP");
    until(
        "it is named",
        () -> nodes().stream().anyMatch(row -> row.contains("Did not answer within 2 s")));
    assertThat(clients()).hasSize(1);
    page.assertAccessible("frozen node");
    page.shoot("operator-frozen");
    second.signal("CONT");
    until("it answers again", () -> clients().size() == 2);
  }

  @Test
  void listsStandStillUnderThePointerAndInADialog() {
    openLists();
    page.pointAt(page.find("[data-test=clients] tbody th"));
    until("it says so", () -> said("operator-time").contains("holds still while the pointer"));
    String before = said("operator-time").replaceFirst(";.*", "");
    try (TestSocket more = service.open(account, "")) {
      assertThat(more.isClosed()).isFalse();
      clickIn("clients", idOf("gender=1"), "client");
      until("it says so", () -> said("operator-time").contains("while a dialog is open"));
      assertThat(clients()).hasSize(2);
      assertThat(said("operator-time")).startsWith(before);
      page.press(Keys.ESCAPE);
      page.point(5, 5);
      page.run("document.activeElement.blur()");
      until("it goes on", () -> clients().size() == 3);
    }
  }

  @Test
  void nodeWithoutTheApiSaysSo() {
    try (StartedSender sender = StartedSender.start(service.redis(), new HashMap<>())) {
      page.open(sender.port(), "");
      page.visit("#operator");
      until("it says so", () -> said("operator-off").contains("LUNA_SENDER_ADMIN.TOKENS_FILE"));
      assertThat(page.part("operator-token").isDisplayed()).isFalse();
      page.assertAccessible("off");
    }
  }

  @Test
  void eventsAreStillThereAfterTheOperatorsPage() {
    page.open(service.port(), "account_id=" + account).awaitLive();
    List<String> ids = idsOf(account);
    assertThat(ids).hasSize(2);
    page.run("location.hash = '#operator'");
    awaitForm();
    assertThat((String) page.run("return document.title")).startsWith("Operators");
    page.click(page.part("back"));
    assertThat(page.part("operator").isDisplayed()).isFalse();
    assertThat(page.state()).isEqualTo("live");
    assertThat((String) page.run("return document.title")).isEqualTo("Luna Sender console");
    assertThat(idsOf(account)).as("the stream was not opened again").isEqualTo(ids);
  }

  private List<String> idsOf(String client) {
    String body =
        service
            .get(
                "/connections?account_id=" + client,
                "Authorization",
                "Bearer " + OperatorTokensFile.READ_TOKEN)
            .body();
    return new JsonObject(body)
        .getJsonArray("connections").stream()
            .map(each -> ((JsonObject) each).getString("id"))
            .toList();
  }

  @ParameterizedTest
  @CsvSource({
    "360, 740, light",
    "360, 740, dark",
    "768, 1024, light",
    "768, 1024, dark",
    "1440, 900, light",
    "1440, 900, dark",
  })
  void pageFitsEveryScreenAndIsAccessible(int width, int height, String scheme) {
    page.resize(width, height);
    page.prefer(scheme);
    List.of("gender=0", "age__gte=18&age__lt=30", "sources=door,gate&slow=latest", "")
        .forEach(filter -> service.open(account, filter));
    for (int i = 0; i < 100; i++) {
      service.redis().publish(account, payload(event("e" + i)));
      service.redis().publish(other, payload(event("e" + i)));
    }
    openLists(6);
    until("the page is styled", () -> page.run("return document.styleSheets.length").equals(2L));
    page.shoot("operator-" + width + "-" + scheme);
    page.assertFits();
    page.assertAccessible(width + " " + scheme);
  }
}
