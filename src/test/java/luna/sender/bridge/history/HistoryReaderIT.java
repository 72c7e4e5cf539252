package luna.sender.bridge.history;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.ReplyException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import luna.sender.bridge.HistoryKeys;
import luna.sender.config.Config;
import luna.sender.config.ConfigLoader;
import luna.sender.event.BusAddresses;
import luna.sender.event.Event;
import luna.sender.event.Gap;
import luna.sender.event.HistoryEntry;
import luna.sender.event.HistoryPage;
import luna.sender.event.HistoryPage.Outcome;
import luna.sender.event.HistoryRequest;
import luna.sender.event.HistoryRequest.Range;
import luna.sender.event.IdentityCodec;
import luna.sender.event.Position;
import luna.sender.metrics.Metrics;
import luna.sender.testing.Service;
import luna.sender.testing.TestContract;
import luna.sender.testing.TestRedis;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests what the reader returns for each kind of request and state of the stream. */
final class HistoryReaderIT {
  private static final HistoryKeys KEYS = new HistoryKeys("luna-sender");

  /** Longer than a busy machine needs for 20,000 requests. */
  private static final int PAUSE_SECONDS = 30;

  private final String account = Service.account();
  private final TestRedis redis = new TestRedis();
  private final HistoryPublisher publisher = new HistoryPublisher(redis.port());
  private final Vertx vertx = Vertx.vertx();
  private final Config config =
      ConfigLoader.load(
          null,
          Map.of(
              "REDIS_DB_ADDRESS__PORT",
              Integer.toString(redis.port()),
              "REDIS_DB_ADDRESS__PROBE_TIMEOUT",
              Integer.toString(PAUSE_SECONDS),
              "REDIS_DB_ADDRESS__COMMAND_TIMEOUT",
              Integer.toString(PAUSE_SECONDS),
              "LUNA_SENDER_HISTORY__MODE",
              "redis"));
  private final Metrics metrics = new Metrics(config.influx(), config.metrics());

  @BeforeEach
  void start() {
    IdentityCodec.register(vertx);
    await(
        vertx.deployVerticle(
            new HistoryReader(config.redis(), config.history(), TestContract.EVENTS, 0, metrics)));
    until("it is connected", () -> request(new HistoryRequest.Head()).succeeded());
  }

  @AfterEach
  void stop() {
    await(vertx.close());
    publisher.close();
    redis.close();
    metrics.close();
  }

  private Future<HistoryPage> requesting(String ofAccount, Range range) {
    return vertx
        .eventBus()
        .<HistoryPage>request(
            BusAddresses.history(0),
            new HistoryRequest(ofAccount, range),
            new DeliveryOptions().setLocalOnly(true))
        .map(reply -> reply.body());
  }

  private Future<HistoryPage> request(Range range) {
    Future<HistoryPage> answer = requesting(account, range);
    until("it is answered", answer::isComplete);
    return answer;
  }

  private HistoryPage page(Range range) {
    return await(requesting(account, range));
  }

  private HistoryPage after(Position position) {
    return page(new HistoryRequest.After(position));
  }

  /** Appends one payload for each id. */
  private List<Position> append(String... ids) {
    List<Position> positions = new ArrayList<>();
    for (String id : ids) {
      positions.add(publisher.append(account, payload(event(id))));
    }
    return positions;
  }

  private static List<String> ids(HistoryPage page) {
    return page.entries().stream().flatMap(HistoryReaderIT::ids).toList();
  }

  private static Stream<String> ids(HistoryEntry entry) {
    return entry.items().stream().map(item -> ((Event) item).id());
  }

  private static Position position(long number, Position other) {
    return new Position(other.epoch(), number, other.millis(), other.sequence(), Position.END);
  }

  @Test
  void pageBeginsAfterThePosition() {
    List<Position> positions = append("a", "b", "c");
    HistoryPage page = after(positions.get(0));
    assertThat(ids(page)).containsExactly("b", "c");
    assertThat(page.outcome()).isEqualTo(Outcome.COMPLETE);
    assertThat(page.start()).isEqualTo(positions.get(0));
    assertThat(page.head()).isEqualTo(positions.get(2));
    assertThat(page.more()).isFalse();
    assertThat(page.entries().get(1).position()).isEqualTo(positions.get(2));
    assertThat(after(positions.get(2)).entries()).isEmpty();
    assertThat(after(positions.get(2)).outcome()).isEqualTo(Outcome.COMPLETE);
  }

  @Test
  void positionInsideOfAPayloadReturnsTheRestOfThePayload() {
    Position first = publisher.append(account, payload(event("a"), event("b"), event("c")));
    append("d");
    HistoryPage page = after(first.at(0));
    assertThat(ids(page)).containsExactly("b", "c", "d");
    assertThat(((Event) page.entries().get(0).items().get(1)).position()).isEqualTo(first.at(2));
    assertThat(ids(after(first.at(2)))).containsExactly("d");
  }

  @Test
  void headOfAnAccountWithoutEventsIsAValidPosition() {
    Position head = page(new HistoryRequest.Head()).head();
    assertThat(head.number()).isZero();
    assertThat(after(head).outcome()).isEqualTo(Outcome.COMPLETE);
    append("a");
    HistoryPage page = after(head);
    assertThat(page.outcome()).isEqualTo(Outcome.COMPLETE);
    assertThat(ids(page)).containsExactly("a");
    assertThat(page(new HistoryRequest.Head()).head().number()).isEqualTo(1);
  }

  @Test
  void trimmedPositionIsPartialAndCountsTheMissingPayloads() {
    List<Position> positions = append("a", "b", "c", "d");
    trim(2);
    HistoryPage partial = after(positions.get(0));
    assertThat(partial.outcome()).isEqualTo(Outcome.PARTIAL);
    assertThat(partial.missing()).isEqualTo(1);
    assertThat(ids(partial)).containsExactly("c", "d");
    assertThat(partial.start().number()).isEqualTo(2);
    HistoryPage newestTrimmed = after(positions.get(1));
    assertThat(newestTrimmed.outcome()).isEqualTo(Outcome.COMPLETE);
    assertThat(ids(newestTrimmed)).containsExactly("c", "d");
    trim(0);
    until(
        "the page is no longer cached", () -> after(positions.get(1)).outcome() == Outcome.PARTIAL);
    assertThat(after(positions.get(1)).missing()).isEqualTo(2);
    assertThat(after(positions.get(1)).start()).isEqualTo(positions.get(3));
    assertThat(after(positions.get(3)).outcome()).isEqualTo(Outcome.COMPLETE);
  }

  private void trim(int entries) {
    redis.command("XTRIM", KEYS.stream(account), "MAXLEN", Integer.toString(entries));
  }

  @Test
  void unknownPositionIsExpiredAndReturnsTheNewerEntriesByTime() {
    List<Position> positions = append("a", "b", "c");
    Position second = positions.get(1);
    List<Position> unknown =
        List.of(
            new Position("abc", 2, second.millis(), second.sequence(), Position.END),
            position(7, second),
            position(1, second),
            position(3, second),
            new Position(second.epoch(), 2, second.millis() - 1000, 0, Position.END),
            new Position(second.epoch(), 2, second.millis() + 1000, 0, Position.END),
            new Position(second.epoch(), 3, second.millis() + 1000, 0, Position.END));
    for (Position each : unknown) {
      HistoryPage page = after(each);
      assertThat(page.outcome()).as("%s of %s", each, positions).isEqualTo(Outcome.EXPIRED);
      assertThat(page.missing()).isEqualTo(Gap.UNKNOWN);
      assertThat(ids(page))
          .isEqualTo(
              positions.stream()
                  .filter(known -> isNewer(known, each))
                  .map(known -> List.of("a", "b", "c").get((int) known.number() - 1))
                  .toList());
    }
  }

  private static boolean isNewer(Position entry, Position other) {
    if (!entry.epoch().equals(other.epoch())) {
      return entry.millis() >= other.millis();
    }
    return entry.millis() > other.millis()
        || (entry.millis() == other.millis() && entry.sequence() > other.sequence());
  }

  @Test
  void emptiedHistoryContinuesWithAnotherEpoch() {
    Position last = append("a").get(0);
    redis.command("FLUSHALL");
    HistoryPage page = after(last);
    assertThat(page.outcome()).isEqualTo(Outcome.EXPIRED);
    assertThat(page.entries()).isEmpty();
    assertThat(page.head().epoch()).isNotEqualTo(last.epoch());
    append("b");
    assertThat(ids(after(page.head()))).containsExactly("b");
    assertThat(after(page.head()).outcome()).isEqualTo(Outcome.COMPLETE);
  }

  @Test
  void allPagesTogetherAreTheHistory() {
    List<String> ids = IntStream.range(0, 1000).mapToObj(i -> "e" + i).toList();
    Position start = page(new HistoryRequest.Head()).head();
    append(ids.toArray(String[]::new));
    List<String> forwards = new ArrayList<>();
    HistoryPage page;
    Position next = start;
    do {
      page = after(next);
      assertThat(page.outcome()).isEqualTo(Outcome.COMPLETE);
      assertThat(page.entries().size()).isLessThanOrEqualTo(128);
      forwards.addAll(ids(page));
      next = page.entries().get(page.entries().size() - 1).position();
    } while (page.more());
    assertThat(forwards).isEqualTo(ids);
    List<String> backwards = new ArrayList<>();
    Position end = position(1001, next);
    do {
      page = page(new HistoryRequest.Before(end));
      backwards.addAll(0, ids(page));
      end = page.entries().get(0).position();
    } while (page.more());
    assertThat(backwards).isEqualTo(ids);
    HistoryPage earlier = page(new HistoryRequest.Before(after(start).entries().get(2).position()));
    assertThat(ids(earlier)).containsExactly("e0", "e1");
    assertThat(earlier.more()).isFalse();
  }

  /** It is not the position of an entry, because the page does not have the entry before it. */
  @Test
  void startOfAPageIsAValidPosition() {
    List<Position> positions = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      positions.addAll(append(Integer.toString(i)));
      long millis = positions.get(i).millis() + 1;
      until("the next entry has no adjacent id", () -> System.currentTimeMillis() > millis);
    }
    Position head = positions.get(39);
    Instant middle = Instant.ofEpochMilli(positions.get(20).millis());
    for (Range range :
        List.of(HistoryRequest.Before.newest(head), new HistoryRequest.Since(middle))) {
      HistoryPage page = page(range);
      assertThat(page.entries().get(0).position()).isNotEqualTo(positions.get(0));
      HistoryPage same = after(page.start());
      assertThat(same.outcome()).isEqualTo(Outcome.COMPLETE);
      assertThat(ids(same)).isEqualTo(ids(page));
    }
  }

  @Test
  void largePayloadsMakeShortPages() {
    Position start = page(new HistoryRequest.Head()).head();
    String padding = "x".repeat(300_000);
    for (int i = 0; i < 12; i++) {
      publisher.append(account, payload(event("e" + i).put("padding", padding)));
    }
    List<String> ids = new ArrayList<>();
    HistoryPage page = after(start);
    ids.addAll(ids(page));
    while (page.more()) {
      assertThat(page.entries().size()).isLessThanOrEqualTo(4);
      page = after(page.entries().get(page.entries().size() - 1).position());
      ids.addAll(ids(page));
    }
    assertThat(ids).isEqualTo(IntStream.range(0, 12).mapToObj(i -> "e" + i).toList());
  }

  @Test
  void sinceBeginsWithTheFirstEntryOfThatTime() {
    List<Position> positions = append("a", "b", "c");
    Instant second = Instant.ofEpochMilli(positions.get(1).millis());
    HistoryPage page = page(new HistoryRequest.Since(second));
    assertThat(ids(page)).endsWith("b", "c");
    assertThat(page.outcome()).isEqualTo(Outcome.COMPLETE);
    HistoryPage all = page(new HistoryRequest.Since(second.minusSeconds(60)));
    assertThat(ids(all)).containsExactly("a", "b", "c");
    assertThat(all.outcome()).isEqualTo(Outcome.COMPLETE);
    assertThat(all.start().number()).isZero();
    trim(1);
    HistoryPage partial = page(new HistoryRequest.Since(second.minusSeconds(61)));
    assertThat(partial.outcome()).isEqualTo(Outcome.PARTIAL);
    assertThat(partial.missing()).isEqualTo(Gap.UNKNOWN);
    assertThat(ids(partial)).containsExactly("c");
    HistoryPage none = page(new HistoryRequest.Since(second.plusSeconds(60)));
    assertThat(none.outcome()).isEqualTo(Outcome.COMPLETE);
    assertThat(none.entries()).isEmpty();
    assertThat(none.start()).isEqualTo(positions.get(2));
  }

  /** As after a failover to a replica that lacks it. */
  @Test
  void eventThatIsRestoredAfterAReconnectIsFound() {
    append("a");
    HistoryRequest.AfterEvent range = new HistoryRequest.AfterEvent("b");
    assertThat(page(range).outcome()).isEqualTo(Outcome.EXPIRED);
    redis.command("CLIENT", "KILL", "TYPE", "normal");
    publisher.reconnect();
    until("it is connected again", () -> request(new HistoryRequest.Head()).succeeded());
    Future<HistoryPage> waiting = requesting(account, range);
    until("another event is found", () -> request(new HistoryRequest.AfterEvent("a")).succeeded());
    assertThat(waiting.isComplete()).isFalse();
    append("b", "c");
    HistoryPage page = await(waiting);
    assertThat(page.outcome()).isEqualTo(Outcome.COMPLETE);
    assertThat(ids(page)).containsExactly("c");
  }

  @Test
  void eventIdIsSearchedFromTheNewestEntryBackwards() {
    append("a");
    publisher.append(account, payload(event("twice"), event("x"), event("twice"), event("y")));
    for (int i = 0; i < 300; i++) {
      append("e" + i);
    }
    HistoryPage page = page(new HistoryRequest.AfterEvent("twice"));
    assertThat(page.outcome()).isEqualTo(Outcome.COMPLETE);
    assertThat(ids(page)).startsWith("y", "e0", "e1");
    HistoryPage newest = page(new HistoryRequest.AfterEvent("e299"));
    assertThat(newest.entries()).isEmpty();
    assertThat(newest.outcome()).isEqualTo(Outcome.COMPLETE);
    HistoryPage unknown = page(new HistoryRequest.AfterEvent("twic"));
    assertThat(unknown.outcome()).isEqualTo(Outcome.EXPIRED);
    assertThat(ids(unknown)).startsWith("a", "twice");
  }

  @Test
  void gapsAndMalformedPayloadsAreEntries() {
    List<Position> positions = append("a");
    publisher.append(account, "not JSON");
    publisher.appendGap(account, 1_700_000_000_000L, 1_700_000_002_500L);
    append("b");
    HistoryPage page = after(positions.get(0));
    assertThat(page.entries()).hasSize(3);
    assertThat(page.entries().get(0).items()).isEmpty();
    Gap gap = (Gap) page.entries().get(1).items().get(0);
    assertThat(gap.cause()).isEqualTo(Gap.Cause.HISTORY_LOST);
    assertThat(gap.from()).isEqualTo(Instant.ofEpochMilli(1_700_000_000_000L));
    assertThat(gap.to()).isEqualTo(Instant.ofEpochMilli(1_700_000_002_500L));
    assertThat(metrics.scrape()).doesNotContain("luna_sender_malformed_total{reason=\"not_json\"}");
  }

  /** Every client continues where it was, and each at another position. */
  @Test
  void clientsThatReturnTogetherShareTheReads() {
    List<Position> positions = new ArrayList<>();
    for (int i = 0; i < 600; i++) {
      positions.addAll(append("e" + i));
    }
    redis.command("CONFIG", "RESETSTAT");
    List<Future<List<String>>> clients = new ArrayList<>();
    for (int i = 0; i < 2000; i++) {
      clients.add(rest(positions.get(i % 600)));
    }
    for (int i = 0; i < 2000; i++) {
      assertThat(await(clients.get(i)))
          .isEqualTo(IntStream.range(i % 600 + 1, 600).mapToObj(e -> "e" + e).toList());
    }
    // Each client alone would need about five reads with two XRANGE each. How many clients share
    // the last read depends on the machine.
    assertThat(calls("xrange")).isLessThan(1000);
  }

  private Future<List<String>> rest(Position position) {
    return requesting(account, new HistoryRequest.After(position))
        .compose(
            page -> {
              assertThat(page.outcome()).isEqualTo(Outcome.COMPLETE);
              List<String> ids = new ArrayList<>(ids(page));
              if (!page.more()) {
                return Future.succeededFuture(ids);
              }
              HistoryEntry last = page.entries().get(page.entries().size() - 1);
              return rest(last.position())
                  .map(
                      following -> {
                        ids.addAll(following);
                        return ids;
                      });
            });
  }

  private long calls(String command) {
    Matcher calls =
        Pattern.compile("cmdstat_" + command + ":calls=(\\d+)")
            .matcher(redis.command("INFO", "commandstats").toString());
    return calls.find() ? Long.parseLong(calls.group(1)) : 0;
  }

  /** A shared answer is never older than the request, if it says that nothing follows. */
  @Test
  void answerWithoutMoreHasAllThatWasAppendedBefore() {
    Position start = append("start").get(0);
    List<Future<HistoryPage>> overlapping = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      overlapping.add(requesting(account, new HistoryRequest.After(start)));
      Position appended = append("e" + i).get(0);
      HistoryPage page = after(appended);
      assertThat(page.more() || page.head().compareTo(appended) >= 0).isTrue();
      HistoryPage all = after(start);
      assertThat(all.more() || all.head().compareTo(appended) >= 0).isTrue();
    }
    overlapping.forEach(each -> assertThat(await(each).outcome()).isEqualTo(Outcome.COMPLETE));
  }

  @Test
  void requestFailsWithoutRedis() {
    redis.kill();
    Future<HistoryPage> answer = request(new HistoryRequest.Head());
    assertThat(((ReplyException) answer.cause()).failureCode())
        .isEqualTo(HistoryRequest.UNAVAILABLE);
  }

  @Test
  void failedRequestsDoNotBlockLaterOnes() {
    redis.kill();
    for (int i = 0; i < 50; i++) {
      assertThat(request(new HistoryRequest.Head()).failed()).isTrue();
    }
    redis.restart();
    until("it is connected again", () -> request(new HistoryRequest.Head()).succeeded());
  }

  @Test
  void requestsBeyondTheLimitFailAsBusy() {
    redis.command("CLIENT", "PAUSE", Integer.toString(1000 * PAUSE_SECONDS));
    List<Future<HistoryPage>> answers = new ArrayList<>();
    for (int i = 0; i < 20_001; i++) {
      answers.add(
          requesting(account, new HistoryRequest.After(new Position("a", i, i, 0, Position.END))));
    }
    Throwable last = catchThrowable(() -> await(answers.get(20_000)));
    assertThat(((ReplyException) last).failureCode()).isEqualTo(HistoryRequest.BUSY);
  }
}
