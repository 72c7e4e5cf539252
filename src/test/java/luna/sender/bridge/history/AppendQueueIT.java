package luna.sender.bridge.history;

import static java.nio.charset.StandardCharsets.UTF_8;
import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import luna.sender.bridge.history.RecordedStreams.Entry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Appends at a Redis whose answers are late. */
final class AppendQueueIT {
  private final TestLeader leader = new TestLeader();
  private final RecordedAccount account =
      new RecordedAccount(UUID.randomUUID().toString(), TestLeader.KEYS);
  private final AppendQueue queue = leader.queue(this::send);

  /** One for each batch that is sent; completed to let its answers through. */
  private final List<Promise<Void>> answers = new ArrayList<>();

  private final List<HeardPayload> payloads = new ArrayList<>();

  AppendQueueIT() {
    try (HistoryPublisher loading = new HistoryPublisher(leader.redis.port())) {
      loading.append(UUID.randomUUID().toString(), "The script is loaded by the first call.");
    }
  }

  @AfterEach
  void close() {
    leader.close();
  }

  private Future<List<Response>> send(List<Request> batch) {
    Promise<Void> answer = Promise.promise();
    answers.add(answer);
    return leader
        .connection
        .batch(batch)
        .compose(responses -> answer.future().map(released -> responses));
  }

  /** Adds a payload; returns how many batches are sent. */
  private int add(String text) {
    on(
        () -> {
          HeardPayload payload =
              new HeardPayload(account, text.getBytes(UTF_8), false, System.nanoTime());
          payloads.add(payload);
          queue.add(payload);
        });
    return batches();
  }

  /** Returns how many batches are sent. */
  private int batches() {
    int[] count = new int[1];
    on(() -> {});
    on(() -> count[0] = answers.size());
    return count[0];
  }

  private void on(Runnable work) {
    Promise<Void> done = Promise.promise();
    leader.context.runOnContext(
        run -> {
          work.run();
          done.complete();
        });
    await(done.future());
  }

  private void answer(int batch) {
    on(() -> answers.get(batch).complete());
  }

  private static String afterEpoch(String position) {
    return position.substring(position.indexOf('-'));
  }

  private List<Entry> entries() {
    return RecordedStreams.read(leader.redis, account.id);
  }

  @Test
  void positionsAreKnownBeforeTheAnswersAfterTheFirstOne() {
    assertThat(add("first")).isEqualTo(1);
    assertThat(add("second")).as("the next position is unknown").isEqualTo(1);
    assertThat(add("third")).isEqualTo(1);
    answer(0);
    until("the others are sent", () -> batches() == 2);
    assertThat(add("fourth")).as("the next position is proposed").isEqualTo(3);
    assertThat(payloads).extracting(payload -> payload.position).doesNotContainNull();
    until("all are appended", () -> entries().size() == 4);
    assertThat(entries())
        .extracting(Entry::text)
        .containsExactly("first", "second", "third", "fourth");
    assertThat(entries().stream().map(entry -> "-" + entry.number() + "-" + entry.id()))
        .containsExactlyElementsOf(
            payloads.stream()
                .map(payload -> afterEpoch(String.valueOf(payload.position)))
                .toList());
  }

  @Test
  void payloadsThatWaitForAnAnswerAreDroppedWithTheQueue() {
    add("first");
    add("second");
    on(queue::end);
    answer(0);
    assertThat(batches()).isEqualTo(1);
  }
}
