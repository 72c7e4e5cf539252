package luna.sender.bridge.history;

import static java.nio.charset.StandardCharsets.UTF_8;
import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import luna.sender.bridge.history.RecordedStreams.Entry;
import luna.sender.bridge.history.Takeover.Hole;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A new leader that needs more requests than the client accepts at once on a connection. */
final class LargeTakeoverIT {
  /** More than 2,048. */
  private static final int COUNT = 3000;

  private final TestLeader leader = new TestLeader();
  private final HeardPayloads payloads =
      new HeardPayloads(TestLeader.KEYS, leader.config.history().retention());
  private final StreamRepair repair =
      new StreamRepair(
          leader.connection::send, leader.calls, leader.clock, leader.metrics.recorder());
  private final AppendQueue queue = leader.queue(leader.connection::batch);

  LargeTakeoverIT() {
    try (HistoryPublisher loading = new HistoryPublisher(leader.redis.port())) {
      loading.append(UUID.randomUUID().toString(), "The script is loaded by the first call.");
    }
    leader.redis.command("SCRIPT", "LOAD", Script.RESTORE.text());
  }

  @AfterEach
  void close() {
    leader.close();
  }

  /** Runs work on the recorder's event loop. Returns its result. */
  private <T> T on(Callable<T> work) {
    Promise<T> done = Promise.promise();
    leader.context.runOnContext(
        run -> Future.<T>succeededFuture().map(start -> call(work)).onComplete(done));
    return await(done.future());
  }

  private static <T> T call(Callable<T> work) {
    try {
      return work.call();
    } catch (Exception failure) {
      throw new IllegalStateException(failure);
    }
  }

  @Test
  void entriesOfOneAccountAreRestored() {
    RecordedAccount account = payloads.account(UUID.randomUUID().toString());
    List<String> texts = IntStream.range(0, COUNT).mapToObj(Integer::toString).toList();
    on(
        () -> {
          for (String text : texts) {
            queue.add(payloads.add(account, text.getBytes(UTF_8), false, System.nanoTime()));
          }
          return true;
        });
    until("all are appended", () -> on(() -> payloads.oldestWaiting() == null));
    List<Entry> before = RecordedStreams.read(leader.redis, account.id);
    assertThat(before).extracting(Entry::text).containsExactlyElementsOf(texts);

    leader.redis.command("DEL", account.stream(), account.state());
    assertThat(await(on(() -> repair.repair(account)))).isTrue();
    assertThat(RecordedStreams.read(leader.redis, account.id)).isEqualTo(before);
  }

  @Test
  void accountsThatPublishForTheFirstTimeDuringTheScanAreRecorded() {
    List<String> accounts =
        Stream.generate(() -> UUID.randomUUID().toString()).limit(COUNT).toList();
    Promise<Void> scanned = Promise.promise();
    Takeover takeover =
        new Takeover(
            payloads,
            repair,
            next -> scanned.future(),
            queue,
            leader.calls,
            key -> "",
            new Hole("1 2".getBytes(UTF_8), System.nanoTime()));
    Future<Void> complete = on(takeover::run);
    List<Future<Void>> added = new ArrayList<>();
    on(
        () -> {
          for (String account : accounts) {
            added.add(takeover.add(add(account)));
          }
          return true;
        });
    await(Future.all(added));
    scanned.complete();
    await(complete);
    until("all are appended", () -> on(() -> payloads.oldestWaiting() == null));
    assertThat(accounts)
        .allSatisfy(
            account ->
                assertThat(RecordedStreams.read(leader.redis, account))
                    .extracting(Entry::text)
                    .containsExactly("first"));
  }

  private HeardPayload add(String account) {
    return payloads.add(
        payloads.account(account), "first".getBytes(UTF_8), false, System.nanoTime());
  }
}
