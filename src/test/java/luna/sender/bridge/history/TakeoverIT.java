package luna.sender.bridge.history;

import static luna.sender.bridge.history.RecordedStreams.assertComplete;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import luna.sender.testing.PackagedSender;
import luna.sender.testing.TestRedis;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two packaged services, of which the recorder is killed or frozen. */
final class TakeoverIT {
  /** The promise of the manual for the default of {@code LEASE}. */
  private static final long LIMIT_MILLIS = 2000;

  private static final String LEADS = "This node is the recorder of the history";
  private final TestRedis redis = new TestRedis();
  private PackagedSender leader;
  private PackagedSender standby;

  @BeforeEach
  void start() throws Exception {
    leader = sender();
    leader.awaitLine(LEADS);
    standby = sender();
  }

  private PackagedSender sender() throws Exception {
    return RecordingSender.startPackaged(
        redis, Map.of("LUNA_SENDER_HTTP_SETTINGS__EVENT_LOOPS", "1"));
  }

  @AfterEach
  void stop() throws Exception {
    leader.close();
    standby.close();
    redis.close();
  }

  @Test
  void standbyTakesOverFromAKilledRecorder() throws Exception {
    try (NumberedPublisher publisher = new NumberedPublisher(3, redis::port)) {
      publisher.awaitMore(5000);
      leader.process().destroyForcibly();
      standby.awaitLine(LEADS);
      publisher.awaitMore(2000);
      publisher.end();
      assertComplete(redis, publisher);
      assertTakeoverIsFast("killed", publisher);
    }
  }

  @Test
  void standbyTakesOverFromAFrozenRecorderWhoseWritesAreRefused() throws Exception {
    try (NumberedPublisher publisher = new NumberedPublisher(3, redis::port)) {
      publisher.awaitMore(5000);
      signal("STOP");
      try {
        standby.awaitLine(LEADS);
        publisher.awaitMore(2000);
      } finally {
        signal("CONT");
      }
      leader.awaitLine("This node is no longer the recorder");
      publisher.awaitMore(2000);
      publisher.end();
      assertComplete(redis, publisher);
      assertTakeoverIsFast("frozen", publisher);
    }
  }

  private void signal(String name) throws Exception {
    String pid = Long.toString(leader.process().pid());
    assertThat(new ProcessBuilder("kill", "-" + name, pid).inheritIO().start().waitFor()).isZero();
  }

  private void assertTakeoverIsFast(String fault, NumberedPublisher publisher) {
    long millis = RecordedStreams.longestPause(redis, publisher);
    System.out.printf("takeover from a recorder that is %s: %d ms%n", fault, millis);
    assertThat(millis).isLessThan(LIMIT_MILLIS);
  }
}
