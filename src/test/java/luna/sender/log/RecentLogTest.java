package luna.sender.log;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

final class RecentLogTest {
  private final LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
  private final Logger log = context.getLogger("luna.sender.test." + UUID.randomUUID());

  @BeforeEach
  void keep() {
    RecentLog.keep();
    log.setLevel(Level.TRACE);
  }

  @AfterEach
  void release() {
    LogSetup.configureEarly();
  }

  @Test
  void linesFromInfoOnAreKeptInOrderWithTheirValues() {
    log.debug("not kept");
    log.atInfo().addKeyValue("port", 5080).log("Started");
    log.warn("first\nsecond");
    log.error("failed", new IllegalStateException("why"));
    List<String> kept = kept();
    assertThat(kept).hasSize(3);
    assertThat(kept.get(0)).contains(" INFO  [").endsWith("] Started port=5080");
    assertThat(kept.get(1)).contains(" WARN  [").endsWith("] first\\nsecond");
    assertThat(kept.get(2))
        .contains(" ERROR [", "] failed\njava.lang.IllegalStateException: why\n\tat ");
  }

  @Test
  void floodOfInfoDoesNotDisplaceAWarning() {
    log.warn("the cause");
    for (int i = 0; i < 2 * RecentLines.LIMIT; i++) {
      log.info("line {}", i);
    }
    assertThat(kept()).hasSize(RecentLines.LIMIT + 1);
    assertThat(kept().get(0)).endsWith("the cause");
  }

  @Test
  void eachLineIsKeptOnceHoweverOftenItIsAskedFor() {
    RecentLog.keep();
    log.info("once");
    assertThat(kept()).hasSize(1);
  }

  @Test
  void newSetupOfTheLogEndsItUntilItIsAskedForAgain() {
    LogSetup.configureEarly();
    log.warn("not kept");
    RecentLog.keep();
    log.warn("kept");
    assertThat(kept()).singleElement().asString().endsWith("] kept");
  }

  private List<String> kept() {
    return RecentLog.lines().stream().filter(line -> line.contains(log.getName())).toList();
  }
}
