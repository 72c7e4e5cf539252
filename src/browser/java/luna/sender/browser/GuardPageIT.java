package luna.sender.browser;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.match;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.TestEvents.with;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import luna.sender.testing.Service;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.Keys;

/** Watches events in the console as a guard does. */
final class GuardPageIT {
  /** Seconds for all of 5,200 events. If each had a node, drawing them would take longer. */
  private static final double BUSY_LIMIT = 4;

  @RegisterExtension
  final Service service =
      new Service(
          "LUNA_SENDER_WS_SETTINGS__KEPT_EVENTS=50", "LUNA_SENDER_WS_SETTINGS__STATS_INTERVAL=0.1");

  private final String account = Service.account();
  private final Page page = new Page();
  private final ScheduledExecutorService publisher = Executors.newSingleThreadScheduledExecutor();
  private final AtomicInteger published = new AtomicInteger();

  @AfterEach
  void close() {
    publisher.shutdownNow();
    try {
      page.assertQuiet();
    } finally {
      page.close();
    }
  }

  private void publish(JsonObject event) {
    service.redis().publish(account, payload(event));
  }

  /** Publishes events at a steady rate until the end of the test. */
  private void publishEvery(long micros) {
    publisher.scheduleAtFixedRate(
        () -> publish(event("e" + published.incrementAndGet()).put("source", "cam1")),
        0,
        micros,
        TimeUnit.MICROSECONDS);
  }

  private void open(String more) {
    page.open(service.port(), "account_id=" + account + more).awaitLive();
  }

  /** Takes the pointer away, so that the list goes on. */
  private void awaitShown(String... ids) {
    page.point(10, 10);
    until("they are shown", () -> page.shown().equals(List.of(ids)));
  }

  @Test
  void mouseHitsTheButtonAtWhichItWasAimed() throws Exception {
    open("");
    publishEvery(333_000);
    until("there are events", () -> page.shown().size() >= 5);
    int hits = 0;
    for (int i = 0; i < 20; i++) {
      page.point(10, 10);
      until("a new event is shown", () -> page.part("held").getText().isEmpty());
      page.pointAt(page.part("zone"));
      page.pointAt(page.part("card"));
      List<Number> target =
          page.run(
              """
              const card = document.querySelectorAll('[data-test=card]')[2];
              const box = card.querySelector('[data-action=json]').getBoundingClientRect();
              document.body.dataset.aimed = card.dataset.eventId;
              return [box.x + box.width / 2, box.y + box.height / 2]""");
      int x = target.get(0).intValue();
      int y = target.get(1).intValue();
      page.point(x, y);
      Thread.sleep(700); // A guard decides, and events arrive meanwhile.
      page.clickAt(x, y);
      String aimed = page.run("return document.body.dataset.aimed");
      if (page.part("inspector").isDisplayed()
          && page.find("#inspector-id").getText().endsWith(aimed)) {
        hits++;
      }
      page.click(page.part("inspector-close"));
    }
    assertThat(hits).isEqualTo(20);
  }

  @Test
  void listStandsStillUnderThePointerAndCounts() {
    open("");
    publish(event("one"));
    awaitShown("one");
    page.pointAt(page.part("card"));
    publish(event("two"));
    publish(event("three"));
    until("they are counted", () -> page.part("held").getText().equals("2 new: show"));
    assertThat(page.shown()).containsExactly("one");
    page.assertAccessible("held");
    page.point(10, 10);
    awaitShown("three", "two", "one");
    assertThat(page.part("held").isDisplayed()).isFalse();
  }

  @Test
  void listStandsStillWhileACardHasTheFocusOfTheKeyboard() {
    open("");
    publish(event("one"));
    awaitShown("one");
    page.part("clear").sendKeys(Keys.TAB);
    page.run("document.querySelector('[data-test=card]').focus({focusVisible: true})");
    publish(event("two"));
    until("it is counted", () -> page.part("held").getText().equals("1 new: show"));
    page.click(page.part("held"));
    awaitShown("two", "one");
  }

  @Test
  void menuOfAValueFiltersHidesAndCopies() {
    open("");
    publish(event("north").put("source", "north"));
    publish(event("south").put("source", "south"));
    awaitShown("south", "north");
    String url = page.url();
    openMenu("south");
    page.assertAccessible("menu");
    page.click(page.part("menu-hide"));
    until("it is hidden", () -> page.shown().equals(List.of("north")));
    assertThat(page.<String>run("return document.activeElement.id")).isEqualTo("feed-title");
    assertThat(page.part("hidden-values").getText()).contains("south");
    assertThat(page.url()).as("the filter").isEqualTo(url);
    publish(event("south-2").put("source", "south"));
    publish(event("north-2").put("source", "north"));
    awaitShown("north-2", "north");
    page.click(page.find("#hidden-list button"));
    awaitShown("north-2", "south-2", "south", "north");

    openMenu("south");
    page.click(page.part("menu-only"));
    until("the filter is set", () -> page.url().contains("sources=south"));
    page.awaitLive();
    until("the cut is marked", () -> page.parts("cut").size() == 1);
    assertThat(page.part("cut").getText()).contains("sources=south");
    assertThat(page.shown()).containsExactly("north-2", "south-2", "south", "north");
    publish(event("north-3").put("source", "north"));
    publish(event("south-3").put("source", "south"));
    page.point(10, 10);
    until("only its events follow", () -> page.shown().get(0).equals("south-3"));
    assertThat(page.shown()).doesNotContain("north-3");
    page.click(page.part("reset"));
    until("the second cut is marked", () -> page.parts("cut").size() == 2);
    assertThat(page.part("cut").getText()).contains("no filter");
  }

  private void openMenu(String source) {
    page.point(10, 10);
    page.click(
        page.all("[data-test=card] .source").stream()
            .filter(each -> each.getText().equals(source))
            .findFirst()
            .orElseThrow());
    until("the menu is open", () -> page.part("menu").isDisplayed());
  }

  @Test
  void hitsStandOutAsTheGuardHasChosen() {
    open("");
    page.click(page.part("alerts-open"));
    page.click(page.part("alerts-add"));
    page.part("alert-label").sendKeys("banned");
    page.run("document.querySelector('[data-test=alert-from]').value = ''");
    page.part("alert-from").sendKeys("0.8");
    page.click(page.part("alert-sound"));
    page.grant("notifications");
    page.click(page.part("alert-notify"));
    until("it is allowed", () -> page.part("alert-notify").isSelected());
    page.assertAccessible("alerts");
    page.click(page.part("alerts-close"));
    page.run(
        """
        window.told = [];
        const Real = Notification;
        window.Notification = class extends Real {
          constructor(title, options) {
            super(title, options);
            window.told.push(title);
          }
        }""");
    publish(person("far", "banned", 0.79));
    publish(person("other", "guests", 0.99));
    publish(person("hit", "banned", 0.93).put("source", "door"));
    awaitShown("hit", "other", "far");
    assertThat(page.<List<String>>run(
            "return [...document.querySelectorAll('.card.alert')].map(c => c.dataset.eventId)"))
        .containsExactly("hit");
    assertThat(page.part("hits").getText()).contains("banned 0.93", "door");
    assertThat(page.<List<String>>run("return window.told")).containsExactly("banned 0.93");
    assertThat(page.find("#announcer").getText()).isEqualTo("banned 0.93, door");
    assertThat(page.<String>run("return document.body.dataset.beeps")).isEqualTo("1");
    page.assertAccessible("hit");

    // The rules are kept in the browser.
    open("");
    publish(person("again", "banned", 0.9));
    page.point(10, 10);
    until("it stands out", () -> !page.all(".card.alert").isEmpty());
    until("the missing sound is announced", () -> page.part("mute").isDisplayed());
    page.assertAccessible("mute");
    page.click(page.part("hits-clear"));
    until("sounds are allowed", () -> !page.part("mute").isDisplayed());
    assertThat(page.part("hits").isDisplayed()).isFalse();
  }

  private static JsonObject person(String id, String label, double similarity) {
    return event(id).put("matches", new JsonArray().add(match(label, similarity)));
  }

  @Test
  void missingMaskIsNoAlarmAndSearchFindsWhatIsShown() {
    open("");
    String mask = "aggregate_estimations.face.attributes.mask.predominant_mask";
    publish(with(event("bare"), mask, "missing"));
    publish(with(event("masked"), mask, "medical_mask"));
    awaitShown("masked", "bare");
    assertThat(page.all(".alarming")).isEmpty();
    page.part("search").sendKeys("medical mask");
    until("it is found", () -> page.shown().equals(List.of("masked")));
    page.part("search").sendKeys(" of iron");
    until("nothing is found", () -> page.part("no-hit").isDisplayed());
    assertThat(page.part("no-hit").getText()).contains("None of the 2 events", "of iron");
    page.assertAccessible("no hit");
    page.click(page.part("no-hit-reset"));
    awaitShown("masked", "bare");
  }

  @Test
  void thousandsOfEventsAreKeptAndSearched() {
    open("");
    page.click(page.part("pause"));
    page.countLongTasks();
    double before = page.busySeconds();
    int count = 5200;
    for (int from = 0; from < count; from += 100) {
      service
          .redis()
          .publish(
              account,
              payload(
                  IntStream.range(from, from + 100)
                      .mapToObj(i -> event("n" + i).put("source", "cam" + i % 7))
                      .toArray(JsonObject[]::new)));
    }
    until("all are received", () -> page.part("total").getText().equals("5,200"));
    assertThat(page.part("held").getText())
        .isEqualTo("5,200 new events, the last 5,000 are kept: show");
    page.click(page.part("pause"));
    until("the newest is shown", () -> page.shown().contains("n5199"));
    assertThat(page.shown().size()).as("nodes").isLessThan(400);
    page.part("search").sendKeys("n207");
    until("the older ones are found", () -> page.shown().size() == 11);
    page.part("search").sendKeys(Keys.chord(Keys.CONTROL, "a"), Keys.DELETE);
    until("all are back", () -> page.shown().size() > 20);
    page.run("document.querySelector('[data-test=card]').focus()");
    page.press(Keys.END);
    until("the oldest is shown", () -> page.shown().contains("n200"));
    assertThat(page.all("[data-test=card][tabindex='0']")).as("stops of the Tab key").hasSize(1);
    page.press(Keys.HOME);
    until("the newest is shown", () -> page.shown().contains("n5199"));
    page.run("document.activeElement.blur(); document.getElementById('scroller').scrollTop = 1e6");
    until("the oldest is shown again", () -> page.shown().contains("n200"));
    assertThat(page.all("[data-test=card][tabindex='0']")).as("stops of the Tab key").hasSize(1);
    // Other programs on the processors make tasks longer, but do not change the CPU time.
    double busy = page.busySeconds() - before;
    System.out.printf("console with %d events: %.1f s, %s ms%n", count, busy, page.longTasks());
    assertThat(busy).isLessThan(BUSY_LIMIT);
  }

  @Test
  void fastStreamLeavesTheMainThreadFree() throws Exception {
    open("");
    publishEvery(5_000);
    until("events arrive", () -> page.shown().size() > 10);
    page.countLongTasks();
    double before = page.busySeconds();
    long start = System.nanoTime();
    Thread.sleep(15_000);
    double seconds = (System.nanoTime() - start) / 1e9;
    double busy = (page.busySeconds() - before) / seconds;
    System.out.printf(
        "console at 200 events/s: busy %.2f, long tasks %s ms%n", busy, page.longTasks());
    assertThat(busy).isLessThan(1.0 / 3);
    assertThat(published.get()).isGreaterThan(2000);
  }

  @Test
  void shownEventsAreSavedAsJsonAndAsCsv(@TempDir Path folder) throws IOException {
    open("");
    page.downloadTo(folder);
    publish(person("one", "=1+1", 0.5).put("source", "a, \"b\""));
    publish(event("two"));
    awaitShown("two", "one");
    page.click(page.part("export-now"));
    Path json = folder.resolve("events.jsonl");
    until("it is saved", () -> Files.exists(json));
    assertThat(Files.readAllLines(json))
        .extracting(line -> new JsonObject(line).getJsonObject("event").getString("event_id"))
        .containsExactly("two", "one");
    page.select("export", "csv");
    page.click(page.part("export-now"));
    Path csv = folder.resolve("events.csv");
    until("it is saved", () -> Files.exists(csv));
    assertThat(Files.readString(csv))
        .startsWith("time,event_id,source,label,similarity,age,values,tags\r\n")
        .contains(",one,\"a, \"\"b\"\"\",'=1+1,0.5,");
  }

  @Test
  void pastedListIsSplitAndValuesThatWereSeenAreSuggested() {
    open("");
    publish(event("one").put("source", "north"));
    publish(event("two").put("source", "south"));
    awaitShown("two", "one");
    page.click(page.part("input-sources"));
    assertThat(page.texts("#filter-sources-seen option")).hasSize(2);
    assertThat(
            page.<List<String>>run(
                "return [...document.querySelectorAll('#filter-sources-seen option')]"
                    + ".map(o => o.value)"))
        .containsExactly("north", "south");
    page.grant("clipboardReadWrite");
    page.grant("clipboardSanitizedWrite");
    page.copy("cam1, cam2,cam3");
    page.part("input-sources").sendKeys(Keys.chord(Keys.CONTROL, "v"));
    until("the filter is set", () -> page.url().contains("sources=cam1,cam2,cam3"));
    assertThat(page.find("#filter-sources-hint").getText()).contains("Added 3 values");
    page.assertAccessible("pasted");
  }

  @Test
  void timesHaveOneZoneAndADateIfTheyAreNotOfToday() {
    open("");
    publish(event("old"));
    awaitShown("old");
    assertThat(page.part("zone").getText()).startsWith("Times in ").contains("UTC");
    assertThat(page.find("[data-test=card] time").getText())
        .matches("(?s)\\d{4}-\\d\\d-\\d\\d\\s\\d\\d:\\d\\d:\\d\\d\\.\\d{3}");
    page.click(page.part("json"));
    until("it is shown", () -> page.part("inspector").isDisplayed());
    assertThat(page.find("#inspector-id").getText()).contains("created ", "arrived ", "old");
  }
}
