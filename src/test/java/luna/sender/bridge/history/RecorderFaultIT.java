package luna.sender.bridge.history;

import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.until;

import java.util.List;
import java.util.Map;
import luna.sender.Sender;
import luna.sender.metrics.GuardInjection;
import luna.sender.metrics.GuardedTask;
import luna.sender.testing.TestRedis;
import org.junit.jupiter.api.Test;

/** A recorder in which calls throw. */
final class RecorderFaultIT {
  private static final int[] NTH = {1, 2, 5, 50};

  /** Only the timers reach the injection point after a call, three times a second. */
  private static final int[] NTH_AFTER = {1, 2};

  @Test
  void faultsOfTheRecorderLoseNothing() throws Exception {
    GuardInjection injection = new GuardInjection();
    injection.install();
    try (TestRedis redis = new TestRedis()) {
      Sender sender =
          RecordingSender.startLeader(
              Map.of("REDIS_DB_ADDRESS__PORT", Integer.toString(redis.port())));
      try (NumberedPublisher publisher = new NumberedPublisher(3, redis::port)) {
        for (boolean before : List.of(true, false)) {
          for (int nth : before ? NTH : NTH_AFTER) {
            injection.arm(GuardedTask.RECORDER, before, nth);
            until("a call throws", injection::hasThrown);
            publisher.awaitMore(100);
          }
        }
        publisher.end();
        RecordedStreams.assertComplete(redis, publisher);
      } finally {
        await(sender.stop());
      }
    } finally {
      injection.uninstall();
    }
  }
}
