package luna.sender.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.buffer.Buffer;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.impl.types.BulkType;
import io.vertx.redis.client.impl.types.PushType;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ResponseMergerTest {
  private final List<Response> delivered = new ArrayList<>();
  private final ResponseMerger merger = new ResponseMerger(delivered::add, () -> {});

  @Test
  void eventOfTheNewMasterIsDeliveredAfterAnEarlierOneOfTheFormer() {
    Response first = message("1");
    Response second = message("2");
    merger.queue(second, 1);
    assertThat(delivered).isEmpty();
    merger.former(first);
    merger.answered(1);
    assertThat(delivered).containsExactly(first, second);
    assertThat(merger.isEmpty()).isTrue();
  }

  @Test
  void responseWaitsForTheHelloThatWasSentAfterIt() {
    Response response = message("1");
    merger.queue(response, 2);
    merger.answered(1);
    assertThat(delivered).isEmpty();
    merger.answered(2);
    assertThat(delivered).containsExactly(response);
  }

  @Test
  void messageOfBothMastersIsDeliveredOnce() {
    merger.former(message("1"));
    merger.queue(message("1"), 1);
    merger.deliverAll();
    assertThat(delivered).hasSize(1);
    merger.current(message("2"));
    merger.former(message("2"));
    assertThat(delivered).hasSize(2);
  }

  @Test
  void confirmationsWaitAndAreNeverDuplicates() {
    Response confirmation = push("subscribe", "a channel", "1");
    merger.queue(confirmation, 1);
    merger.queue(confirmation, 1);
    assertThat(delivered).isEmpty();
    merger.answered(1);
    assertThat(delivered).containsExactly(confirmation, confirmation);
  }

  @Test
  void overdueResponseIsDeliveredWithoutAnAnswer() {
    Response response = message("1");
    long before = System.nanoTime();
    merger.queue(response, 1);
    merger.deliverOverdue(before);
    assertThat(delivered).isEmpty();
    merger.deliverOverdue(System.nanoTime() + ResponseMerger.WAIT_LIMIT.toNanos());
    assertThat(delivered).containsExactly(response);
  }

  @Test
  void oldestResponsesAreDeliveredWhenTooManyWait() {
    for (int i = 0; i <= 10_000; i++) {
      merger.queue(message("event " + i), 1);
    }
    merger.deliverExcess();
    assertThat(delivered).hasSize(1);
  }

  @Test
  void responseThatCannotBeDeliveredIsReportedAsLost() {
    List<String> faults = new ArrayList<>();
    ResponseMerger failing =
        new ResponseMerger(
            response -> {
              throw new IllegalStateException("fault");
            },
            () -> faults.add("lost"));
    failing.queue(message("1"), 1);
    assertThatThrownBy(failing::deliverAll).isInstanceOf(IllegalStateException.class);
    assertThat(faults).containsExactly("lost");
    assertThat(failing.isEmpty()).isTrue();
  }

  private static Response message(String payload) {
    return push("message", "luna-sender:a", payload);
  }

  private static Response push(String... elements) {
    PushType push = PushType.create(elements.length);
    for (String element : elements) {
      push.add(BulkType.create(Buffer.buffer(element), false));
    }
    return push;
  }
}
