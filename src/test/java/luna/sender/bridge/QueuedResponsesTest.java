package luna.sender.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.redis.client.Response;
import io.vertx.redis.client.impl.types.SimpleStringType;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class QueuedResponsesTest {
  private final QueuedResponses waiting = new QueuedResponses();

  @Test
  void responsesAreRemovedInOrderOfArrival() {
    Response first = add(0, 1);
    Response second = add(0, 1);
    assertThat(waiting.removeFirst()).isSameAs(first);
    assertThat(waiting.removeFirst()).isSameAs(second);
    assertThat(waiting.isEmpty()).isTrue();
  }

  @Test
  void responseIsAnsweredByItsHelloAndLaterOnes() {
    assertThat(waiting.isFirstAnswered(2)).isFalse();
    add(0, 2);
    assertThat(waiting.isFirstAnswered(1)).isFalse();
    assertThat(waiting.isFirstAnswered(2)).isTrue();
    assertThat(waiting.isFirstAnswered(3)).isTrue();
  }

  @Test
  void responseIsOverdueAfterTheLimit() {
    Duration limit = Duration.ofSeconds(1);
    long before = System.nanoTime();
    assertThat(waiting.isFirstOverdue(before, limit)).isFalse();
    add(0, 1);
    assertThat(waiting.isFirstOverdue(before + limit.toNanos() - 1, limit)).isFalse();
    assertThat(waiting.isFirstOverdue(System.nanoTime() + limit.toNanos(), limit)).isTrue();
  }

  @Test
  void payloadsOfMoreThan32MebibytesAreOverTheLimit() {
    add(32 << 20, 1);
    assertThat(waiting.isOverLimit()).isFalse();
    add(1, 1);
    assertThat(waiting.isOverLimit()).isTrue();
    waiting.removeFirst();
    assertThat(waiting.isOverLimit()).isFalse();
  }

  @Test
  void moreThanTenThousandResponsesAreOverTheLimit() {
    for (int i = 0; i < 10_000; i++) {
      add(0, 1);
    }
    assertThat(waiting.isOverLimit()).isFalse();
    add(0, 1);
    assertThat(waiting.isOverLimit()).isTrue();
  }

  private Response add(int payloadBytes, long hello) {
    Response response = SimpleStringType.create("a response");
    waiting.add(response, payloadBytes, hello);
    return response;
  }
}
