package luna.sender.log;

import static luna.sender.testing.Waiting.PATIENCE;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.AppenderBase;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests a log whose reader stalls. */
final class BoundedAsyncAppenderTest {
  private final LoggerContext context = new LoggerContext();
  private final Semaphore reader = new Semaphore(0);
  private final List<String> read = new CopyOnWriteArrayList<>();
  private final AppenderBase<ILoggingEvent> target =
      new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
          reader.acquireUninterruptibly();
          read.add(event.getFormattedMessage() + " " + event.getKeyValuePairs());
        }
      };
  private final BoundedAsyncAppender queue = new BoundedAsyncAppender(target);

  @BeforeEach
  void start() {
    context.setMDCAdapter(new LogbackMDCAdapter());
    target.setContext(context);
    target.start();
    queue.setContext(context);
    queue.start();
    context.getLogger("ROOT").addAppender(queue);
  }

  @AfterEach
  void end() {
    reader.release(1_000_000);
    queue.stop();
  }

  @Test
  void linesAboveTheLimitAreDroppedAndCountedInPlace() {
    long before = BoundedAsyncAppender.DROPPED.sum();
    String text = "x".repeat(10_000);
    context.getLogger("a").info("{} {}", 0, text);
    until("the first is being written", reader::hasQueuedThreads);
    for (int i = 1; i < 1000; i++) {
      context.getLogger("a").info("{} {}", i, text);
    }
    long dropped = BoundedAsyncAppender.DROPPED.sum() - before;
    // 768 KiB of lines of 20 kB each remain, plus the one that is being written.
    assertThat(dropped).isBetween(955L, 965L);
    context.getLogger("a").warn("There is room for a warning");
    reader.release(1_000_000);
    assertThat(queue.flush(PATIENCE)).isTrue();
    context.getLogger("a").info("Later");
    assertThat(queue.flush(PATIENCE)).isTrue();

    assertThat(read).hasSize(1000 - (int) dropped + 3);
    assertThat(read.subList(read.size() - 3, read.size()))
        .satisfiesExactly(
            line -> assertThat(line).contains("were dropped").contains("dropped=\"" + dropped),
            line -> assertThat(line).startsWith("There is room"),
            line -> assertThat(line).startsWith("Later"));
    assertThat(read.get(0)).startsWith("0 ");
  }

  @Test
  void numberOfDroppedLinesIsLoggedEvenIfNoLineFollows() {
    for (int i = 0; i < 100_000; i++) {
      context.getLogger("a").info("line {}", i);
    }
    reader.release(1_000_000);
    until("it is reported", () -> read.stream().anyMatch(line -> line.contains("were dropped")));
  }

  @Test
  void stopDoesNotWaitForAStalledReader() {
    context.getLogger("a").info("line");
    long start = System.nanoTime();
    queue.stop();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
    assertThat(target.isStarted()).isTrue();
  }

  @Test
  void stopWritesQueuedLines() {
    for (int i = 0; i < 100; i++) {
      context.getLogger("a").info("line {}", i);
    }
    reader.release(100);
    queue.stop();
    assertThat(read).hasSize(100);
    assertThat(target.isStarted()).isFalse();
  }
}
