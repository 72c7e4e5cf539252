package luna.sender.bridge.history;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.until;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.Socket;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import luna.sender.config.Config;
import luna.sender.config.ConfigLoader;
import luna.sender.metrics.Metrics;
import luna.sender.testing.TestRedis;

/**
 * Measures how many payloads a recorder appends per second of its own CPU time, with a real Redis.
 *
 * <p>Arguments: the number of payloads, and their size.
 */
final class RecorderBench {
  private static final int ACCOUNTS = 100;

  /** Fewer than the recorder may have in memory, so that none is dropped. */
  private static final int BATCH = 500;

  private static final int BACKLOG = 5000;

  private RecorderBench() {}

  public static void main(String[] arguments) throws Exception {
    int count = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 300_000;
    int size = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 1300;
    try (TestRedis redis = new TestRedis()) {
      Config config =
          ConfigLoader.load(
              null,
              RecordingSender.environment(
                  Map.of(
                      "REDIS_DB_ADDRESS__PORT",
                      Integer.toString(redis.port()),
                      "LUNA_SENDER_HISTORY__MAX_EVENTS",
                      "1000")));
      Vertx vertx =
          Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1).setPreferNativeTransport(true));
      Metrics metrics = new Metrics(config.influx(), config.metrics());
      await(vertx.deployVerticle(new Recorder(config.redis(), config.history(), metrics)));
      until("it is the recorder", () -> metrics.recorder().leads());
      for (int round = 0; round < 4; round++) {
        measure(redis.port(), metrics, count, size);
      }
      await(vertx.close());
      metrics.close();
    }
  }

  private static void measure(int port, Metrics metrics, int count, int size) throws Exception {
    long before = metrics.recorder().entries();
    long cpu = eventLoopCpu();
    long start = System.nanoTime();
    byte[] batch = batch(size);
    try (Socket socket = new Socket("127.0.0.1", port)) {
      InputStream in = socket.getInputStream();
      for (int sent = 0; sent < count; sent += BATCH) {
        socket.getOutputStream().write(batch);
        readLines(in, BATCH);
        long limit = sent - BACKLOG;
        while (metrics.recorder().entries() - before < limit) {
          Thread.onSpinWait();
        }
      }
    }
    until(
        "all are appended",
        Duration.ofMinutes(1),
        () -> metrics.recorder().entries() - before >= count);
    double seconds = (System.nanoTime() - start) / 1e9;
    double cpuSeconds = (eventLoopCpu() - cpu) / 1e9;
    System.out.printf(
        "%d payloads of %d bytes: %.0f per second, %.0f per second of CPU%n",
        count, size, count / seconds, count / cpuSeconds);
  }

  private static byte[] batch(int size) {
    ByteArrayOutputStream batch = new ByteArrayOutputStream();
    String payload = "x".repeat(size);
    for (int i = 0; i < BATCH; i++) {
      String channel = "luna-sender:" + new UUID(0, i % ACCOUNTS);
      String command =
          "*3\r\n$7\r\nPUBLISH\r\n$%d\r\n%s\r\n$%d\r\n%s\r\n"
              .formatted(channel.length(), channel, size, payload);
      batch.writeBytes(command.getBytes(US_ASCII));
    }
    return batch.toByteArray();
  }

  private static void readLines(InputStream in, int lines) throws IOException {
    byte[] buffer = new byte[1 << 16];
    for (int left = lines; left > 0; ) {
      int read = in.read(buffer);
      for (int i = 0; i < read; i++) {
        left -= buffer[i] == '\n' ? 1 : 0;
      }
    }
  }

  private static long eventLoopCpu() {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long nanos = 0;
    for (long id : threads.getAllThreadIds()) {
      var info = threads.getThreadInfo(id);
      if (info != null && info.getThreadName().startsWith("vert.x-eventloop-thread")) {
        nanos += threads.getThreadCpuTime(id);
      }
    }
    return nanos;
  }
}
