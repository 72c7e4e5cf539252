package luna.sender.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Completable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import io.vertx.redis.client.RedisOptions;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import luna.sender.testing.ClassHistogram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
final class IsolatedRedisClientTest {
  private static final int ATTEMPTS = 300;

  @Test
  void attemptsToConnectLeakNothing(Vertx vertx) throws Exception {
    Future<Void> attempts =
        Future.future(done -> vertx.runOnContext(start -> attempt(vertx, ATTEMPTS, done)));
    attempts.await(30, TimeUnit.SECONDS);

    assertThat(instances("io.vertx.core.net.impl.NetClientImpl")).isLessThan(ATTEMPTS / 3);
  }

  private static void attempt(Vertx vertx, int left, Completable<Void> done) {
    if (left == 0) {
      done.succeed();
      return;
    }
    IsolatedRedisClient client =
        new IsolatedRedisClient(
            vertx, new RedisOptions().setConnectionString("redis://127.0.0.1:1"));
    client
        .connect()
        .onComplete(
            refused -> {
              client.close();
              attempt(vertx, left - 1, done);
            });
  }

  /** Returns the count after a full garbage collection. */
  private static long instances(String type) {
    Matcher line =
        Pattern.compile("(?m)^ *\\d+: +(\\d+) +\\d+ +" + Pattern.quote(type) + "(?: |$)")
            .matcher(ClassHistogram.live());
    return line.find() ? Long.parseLong(line.group(1)) : 0;
  }
}
