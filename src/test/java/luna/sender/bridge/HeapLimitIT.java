package luna.sender.bridge;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.Map;
import luna.sender.testing.PackagedSender;
import luna.sender.testing.Service;
import luna.sender.testing.TestRedis;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.api.Test;

/** A payload within the limit that does not fit into the heap. */
final class HeapLimitIT {
  private static final int PAYLOAD_BYTES = 20_000_000;

  private final String account = Service.account();

  @Test
  void payloadThatDoesNotFitIntoTheHeapIsReportedAsAGap() throws Exception {
    try (TestRedis redis = new TestRedis();
        PackagedSender sender =
            PackagedSender.start(
                redis,
                Map.of("REDIS_DB_ADDRESS__PAYLOAD_LIMIT_BYTES", "30000000"),
                "-Xmx40m",
                "-XX:TieredStopAtLevel=1");
        TestSocket socket = TestSocket.open(sender.port(), account, "gaps=1")) {
      redis.publish(account, payload(event("before")));
      assertThat(socket.nextEventId()).isEqualTo("before");
      redis.publish(account, payload(event("large").put("image", "x".repeat(PAYLOAD_BYTES))));
      String text = socket.nextText();
      while (text.contains("interruption")) {
        text = socket.nextText();
      }
      assertThat(new JsonObject(text).getJsonObject("gap").getString("cause")).isEqualTo("fault");
      redis.publish(account, payload(event("after")));
      assertThat(socket.nextEventId()).isEqualTo("after");
      assertThat(sender.output()).contains("OutOfMemoryError");
    }
  }
}
