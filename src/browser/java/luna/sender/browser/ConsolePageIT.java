package luna.sender.browser;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.match;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.TestEvents.with;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;
import luna.sender.testing.Service;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;

/** Uses the console in a browser as a person would. */
final class ConsolePageIT {
  @RegisterExtension
  final Service service =
      new Service(
          "LUNA_SENDER_WS_SETTINGS__KEPT_EVENTS=50", "LUNA_SENDER_WS_SETTINGS__STATS_INTERVAL=0.1");

  private final String account = Service.account();
  private final Page page = new Page();

  @AfterEach
  void close() {
    try {
      page.assertQuiet();
    } finally {
      page.close();
    }
  }

  /**
   * A filter, how it is set on the page, and an event that passes it.
   *
   * @param query the query that the page then sends
   */
  private record Case(
      String query, Consumer<Page> set, Consumer<JsonObject> passing, Consumer<JsonObject> other) {}

  @TestFactory
  Stream<DynamicTest> eachKindOfFilterShowsItsEventsAlone() {
    return cases()
        .map(
            each ->
                dynamicTest(
                    each.query,
                    () -> {
                      page.open(service.port(), "account_id=" + account).awaitLive();
                      each.set.accept(page);
                      until("the page has sent the query", () -> asked().equals(each.query));
                      page.awaitLive();
                      String id = UUID.randomUUID().toString();
                      JsonObject passing = event(id);
                      each.passing.accept(passing);
                      JsonObject other = event("refused");
                      each.other.accept(other);
                      service
                          .redis()
                          .publish(
                              account,
                              payload(event("plain"), other).replace("557d54ec", "657d54ec"));
                      service.redis().publish(account, payload(passing));
                      until("the event is shown", () -> page.shown().contains(id));
                      assertThat(page.shown()).containsExactly(id);
                      // The URL of the page contains account and filter.
                      page.open(service.port(), page.url().replaceFirst(".*\\?", "")).awaitLive();
                      assertThat(asked()).isEqualTo(each.query);
                    }));
  }

  @Test
  void eachFilterOfTheContractHasAControlAndACase() {
    page.open(service.port(), "account_id=" + account).awaitLive();
    List<String> controls =
        page.run(
            """
            const contract = await (await fetch('/console/contract.json')).json();
            return contract.paths['/{api}/ws'].get.parameters
                .map(p => p.$ref ? p.$ref.split('/').pop() : p.name)""");
    Set<String> filters = new TreeSet<>(controls);
    filters.removeAll(
        Set.of(
            "api",
            "Luna-Account-Id",
            "account_id",
            "Luna-Request-Id",
            "slow",
            "gaps",
            "stats",
            "strict",
            "after",
            "last",
            "since",
            "positions"));
    assertThat(cases().map(each -> each.query.replaceFirst("=.*", "")).distinct())
        .containsExactlyInAnyOrderElementsOf(filters);
  }

  private static Stream<Case> cases() {
    String handler = "557d54ec-29ad-4f3c-93b4-c9092ef12515";
    String basic = "face_attributes.basic_attributes.";
    String face = "aggregate_estimations.face.attributes.";
    return Stream.of(
        new Case(
            "gender=1",
            page -> page.toggle("gender", "1"),
            event -> with(event, basic + "gender", 1),
            event -> with(event, basic + "gender", 0)),
        new Case(
            "ethnic_groups=2,3",
            page -> {
              page.toggle("ethnic_groups", "2");
              page.toggle("ethnic_groups", "3");
            },
            event -> with(event, basic + "ethnicities.predominant_ethnicity", "asian"),
            event -> with(event, basic + "ethnicities.predominant_ethnicity", "caucasian")),
        new Case(
            "liveness=1",
            page -> page.toggle("liveness", "1"),
            event -> with(event, face + "liveness.prediction", "real"),
            event -> with(event, face + "liveness.prediction", "spoof")),
        new Case(
            "masks=2",
            page -> page.toggle("masks", "2"),
            event -> with(event, face + "mask.predominant_mask", "medical_mask"),
            event -> with(event, face + "mask.predominant_mask", "missing")),
        new Case(
            "emotions=4",
            page -> page.toggle("emotions", "4"),
            event -> with(event, face + "emotions.predominant_emotion", "happiness"),
            event -> with(event, face + "emotions.predominant_emotion", "anger")),
        new Case(
            "age__gte=18",
            page -> page.bound("age__gte", "18"),
            event -> with(event, basic + "age", 18),
            event -> with(event, basic + "age", 17)),
        new Case(
            "age__lt=18",
            page -> page.bound("age__lt", "18"),
            event -> with(event, basic + "age", 17),
            event -> with(event, basic + "age", 18)),
        new Case(
            "object_similarity__gte=0.8",
            page -> page.bound("object_similarity__gte", "0.8"),
            event -> event.put("matches", new JsonArray().add(match("a", 0.8))),
            event -> event.put("matches", new JsonArray().add(match("a", 0.79)))),
        new Case(
            "object_similarity__lt=0.8",
            page -> page.bound("object_similarity__lt", "0.8"),
            event -> event.put("matches", new JsonArray().add(match("a", 0.79))),
            event -> event.put("matches", new JsonArray().add(match("a", 0.8)))),
        new Case(
            "matching_candidates_labels=good%20guys",
            page -> page.add("matching_candidates_labels", "good guys"),
            event -> event.put("matches", new JsonArray().add(match("good guys", 0.1))),
            event -> event.put("matches", new JsonArray().add(match("Good guys", 0.9)))),
        text("sources", "source", "cam \"1\" & <b>"),
        text("cities", "location.city", "Москва"),
        text("areas", "location.area", "Washington, D.C."),
        text("districts", "location.district", "100%"),
        text("streets", "location.street", "O'Connell + Sons"),
        text("house_numbers", "location.house_number", "1/2 str#3"),
        new Case(
            "tags=a,b",
            page -> {
              page.add("tags", "a");
              page.add("tags", "b");
            },
            event -> event.put("tags", new JsonArray().add("b").add("c").add("a")),
            event -> event.put("tags", new JsonArray().add("a"))),
        new Case(
            "handler_ids=" + handler,
            page -> page.add("handler_ids", handler),
            event -> {},
            event -> {}));
  }

  private static Case text(String filter, String path, String value) {
    return new Case(
        filter + "=" + encoded(value),
        page -> page.add(filter, value),
        event -> with(event, path, value),
        event -> with(event, path, value + "?"));
  }

  private static String encoded(String value) {
    return URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** The query that the page shows as its request. */
  private String asked() {
    return page.part("query").getText().replaceFirst("^/2/ws\\??", "");
  }

  @Test
  void shownAndPastedEventsAreExplained() {
    page.open(service.port(), "account_id=" + account + "&gender=1&age__gte=18").awaitLive();
    JsonObject passing = person("one", 1, 30);
    String refused = UUID.randomUUID().toString();
    service.redis().publish(account, payload(person(refused, 1, 17), passing));
    until("the event is shown", () -> page.shown().equals(List.of("one")));
    page.click(page.part("why"));
    until("it is explained", () -> page.parts("clause").size() == 2);
    assertThat(page.part("verdict").getText()).containsIgnoringCase("pass");
    assertThat(texts("clause")).anySatisfy(text -> assertThat(text).contains("age__gte", "30"));
    page.assertAccessible("explained");
    page.shoot("explained-1440");
    page.click(page.part("inspector-close"));

    for (String pasted : List.of(person("pasted", 1, 17).encode(), refused)) {
      page.click(page.part("paste-open"));
      page.part("paste-text").clear();
      page.part("paste-text").sendKeys(pasted);
      page.assertAccessible("pasting");
      page.click(page.part("paste-explain"));
      until(
          "it is explained",
          () ->
              page.texts("[data-test=clause].refuses").stream()
                  .anyMatch(text -> text.contains("17 is less than 18")));
      page.click(page.part("inspector-close"));
    }
  }

  @Test
  void everySnippetHasTheFilterOfThePage() {
    page.open(service.port(), "account_id=" + account).awaitLive();
    page.add("sources", "O'Hara \"$1\"");
    page.add("sources", "a,b");
    page.toggle("gender", "0");
    until("the page has sent the query", () -> asked().contains("gender=0") && asked().contains("a%2Cb"));
    String query = asked();
    page.click(page.part("copy-as"));
    List<WebElement> tabs = page.all("#snippet-tabs [role=tab]");
    assertThat(tabs).hasSizeGreaterThanOrEqualTo(6);
    for (WebElement tab : tabs) {
      page.click(tab);
      String snippet = page.part("snippet").getText();
      if (snippet.contains("/2/ws")) {
        // The filter is in a URL, where nothing needs another quoting.
        assertThat(snippet).as(tab.getText()).contains(query);
      } else {
        assertThat(snippet).as(tab.getText()).contains("gender", "a,b");
      }
      assertThat(snippet).as(tab.getText()).contains(account);
    }
    page.assertAccessible("snippets");
  }

  @Test
  void filterStatisticsAreShownBesideTheControls() {
    page.open(service.port(), "account_id=" + account + "&gender=1").awaitLive();
    service.redis().publish(account, payload(person("a", 0, 20), person("b", 1, 20)));
    until("it is counted", () -> page.part("seen").getText().contains("2"));
    assertThat(page.part("passed").getText()).isEqualTo("1");
    until("it is received", () -> page.part("total").getText().equals("1"));

    // A new connection of the same stream counts on.
    page.click(page.part("disconnect"));
    until("it is closed", () -> page.state().equals("idle"));
    page.click(page.part("connect"));
    page.awaitLive();
    service.redis().publish(account, payload(person("c", 0, 20), person("d", 1, 20)));
    until("all are counted", () -> page.part("seen").getText().equals("of 4"));
    assertThat(page.part("passed").getText()).isEqualTo("2");
    until("both are received", () -> page.part("total").getText().equals("2"));
  }

  @Test
  void listIsBoundedAndCanBeSearchedAndPaused() {
    page.open(service.port(), "account_id=" + account).awaitLive();
    service.redis().publish(account, payload(event("one").put("source", "north")));
    service.redis().publish(account, payload(event("two").put("source", "south")));
    until("both are shown", () -> page.shown().equals(List.of("two", "one")));
    page.part("search").sendKeys("nort");
    until("one is found", () -> visible().equals(List.of("one")));
    page.part("search").sendKeys(Keys.chord(Keys.CONTROL, "a"), Keys.DELETE);
    until("both are back", () -> visible().size() == 2);
    page.click(page.part("pause"));
    service.redis().publish(account, payload(event("three")));
    until("it is counted", () -> page.part("total").getText().equals("3"));
    assertThat(page.shown()).doesNotContain("three");
    page.click(page.part("pause"));
    until("it is shown", () -> page.shown().contains("three"));
    for (int i = 0; i < 600; i++) {
      service.redis().publish(account, payload(event("many-" + i)));
    }
    until("all are counted", () -> page.part("total").getText().equals("603"));
    assertThat(page.shown()).hasSizeLessThanOrEqualTo(500);
    page.assertAccessible("live");
  }

  private List<String> visible() {
    return page.run(
        """
        return [...document.querySelectorAll('[data-test=card]')]
            .filter(c => c.checkVisibility()).map(c => c.dataset.eventId)""");
  }

  @Test
  void rejectedParameterIsShown() {
    page.open(service.port(), "account_id=" + account + "&age__gte=-5");
    until("it is reported", () -> page.part("notice").isDisplayed());
    assertThat(page.part("notice").getText()).contains("age__gte");
    page.assertAccessible("refused");
    page.open(service.port(), "");
    page.assertAccessible("empty");
  }

  @Test
  void rawMessageIsShownUnchanged() {
    page.open(service.port(), "account_id=" + account).awaitLive();
    service
        .redis()
        .publish(account, payload("[{\"event_id\":\"raw\",\"source\":\"<img src=x onerror=alert(1)>\",\"big\":12345678901234567890}]"));
    until("it is shown", () -> page.shown().equals(List.of("raw")));
    assertThat(page.part("card").getText()).contains("<img src=x onerror=alert(1)>");
    page.click(page.part("json"));
    until("it is shown", () -> page.part("raw").getText().contains("event_id"));
    assertThat(page.part("raw").getText()).contains("12345678901234567890", "onerror=alert(1)");
  }

  private static JsonObject person(String id, int gender, int age) {
    JsonObject event = event(id);
    with(event, "face_attributes.basic_attributes.gender", gender);
    return with(event, "face_attributes.basic_attributes.age", age);
  }

  private List<String> texts(String name) {
    return page.texts("[data-test=" + name + "]");
  }
}
