package luna.sender.metrics;

import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import luna.sender.config.Config;
import luna.sender.config.ConfigLoader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Tests what an exception interrupts, and what it does not. */
final class FaultGuardTest {
  private final Vertx vertx = Vertx.vertx();
  private final Config config = ConfigLoader.load(null, Map.of());
  private final Metrics metrics = new Metrics(config.influx(), config.metrics());
  private final FaultGuard guard = metrics.guard();
  private final List<String> answers = new ArrayList<>();

  @AfterEach
  void close() {
    await(vertx.close());
    metrics.close();
  }

  @Test
  void timerThatThrowsFiresAgain() {
    AtomicInteger ticks = new AtomicInteger();
    guard.periodic(
        vertx,
        GuardedTask.TLS_EXPIRY,
        Duration.ofMillis(1),
        () -> {
          if (ticks.incrementAndGet() < 3) {
            throw new OutOfMemoryError("a test");
          }
        });
    until("it continues", () -> ticks.get() > 5);
    assertThat(faults("tls")).isEqualTo(2);
  }

  @Test
  void throwingRequestFails() {
    guard.ask(
        GuardedTask.KEYS_FETCH,
        () -> {
          throw new StackOverflowError();
        },
        answer -> answers.add(String.valueOf(answer.cause())));
    assertThat(answers).containsExactly("java.lang.StackOverflowError");
    assertThat(faults("keys")).isEqualTo(1);
  }

  @Test
  void throwingAnswerHandlerIsCalledOnce() {
    Promise<String> promise = Promise.promise();
    guard.ask(
        GuardedTask.KEYS_FETCH,
        promise::future,
        answer -> {
          answers.add(String.valueOf(answer.result()));
          throw new IllegalStateException("a test");
        });
    promise.complete("yes");
    guard.ask(
        GuardedTask.KEYS_FETCH,
        () -> Future.succeededFuture("at once"),
        answer -> {
          answers.add(String.valueOf(answer.result()));
          throw new IllegalStateException("a test");
        });
    assertThat(answers).containsExactly("yes", "at once");
    assertThat(faults("keys")).isEqualTo(2);
  }

  @Test
  void unhandledValueIsPassedToTheFaultHandler() {
    guard
        .handler(
            GuardedTask.PAYLOAD,
            (String value) -> {
              throw new AssertionError("a test");
            },
            answers::add)
        .handle("value");
    assertThat(answers).containsExactly("value");
  }

  /** An alert on an increase sees the first fault only if the series existed before. */
  @Test
  void eachTaskHasACounterFromTheStart() {
    for (GuardedTask work : GuardedTask.values()) {
      assertThat(metrics.registry().find("luna_sender_faults").tag("step", work.label()).counter())
          .isNotNull();
    }
  }

  private double faults(String step) {
    return metrics.registry().get("luna_sender_faults").tag("step", step).counter().count();
  }
}
