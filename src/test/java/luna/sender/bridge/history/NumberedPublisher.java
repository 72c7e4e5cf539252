package luna.sender.bridge.history;

import static luna.sender.testing.Waiting.until;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntSupplier;
import java.util.stream.IntStream;
import luna.sender.testing.RedisWriter;
import org.jspecify.annotations.Nullable;

/**
 * Publishes numbered payloads to several accounts in turn, by PUBLISH.
 *
 * <p>Owner: its thread; the test reads after {@link #end}.
 */
final class NumberedPublisher implements AutoCloseable {
  private static final long PAUSE_NANOS = 200_000;

  final List<String> accounts;

  /** The numbers whose PUBLISH Redis has answered, per account. */
  final List<List<Integer>> published = new ArrayList<>();

  private final IntSupplier port;
  private final String command;
  private final Thread thread = new Thread(this::run, "publisher");
  private final ShardWriters shards;
  private volatile boolean ended;
  private volatile int count;
  private volatile int connections;

  /**
   * @param port the port of the current master
   */
  NumberedPublisher(int accounts, IntSupplier port) {
    this(
        IntStream.range(0, accounts).mapToObj(i -> UUID.randomUUID().toString()).toList(),
        port,
        "PUBLISH");
  }

  /**
   * @param command PUBLISH, or SPUBLISH with the port of any master of a Cluster
   */
  NumberedPublisher(List<String> accounts, IntSupplier port, String command) {
    this.port = port;
    this.command = command;
    this.shards = new ShardWriters(port);
    this.accounts = accounts;
    accounts.forEach(account -> published.add(new ArrayList<>()));
    thread.start();
  }

  /** Returns how many payloads are published. */
  int count() {
    return count;
  }

  /** Returns how many connections have worked. */
  int connections() {
    return connections;
  }

  /** Waits until further payloads are published. */
  void awaitMore(int payloads) {
    int before = count;
    until("more is published", () -> count > before + payloads);
  }

  private void run() {
    int number = 0;
    RedisWriter writer = null;
    boolean isNew = false;
    while (!ended) {
      int account = number % accounts.size();
      try {
        if (writer == null) {
          writer = new RedisWriter(port.getAsInt());
          isNew = true;
        }
        String channel = "luna-sender:" + accounts.get(account);
        if (command.equals("PUBLISH")) {
          writer.publish(channel, Integer.toString(number));
        } else {
          shards.publish(channel, Integer.toString(number));
        }
        connections += isNew ? 1 : 0;
        isNew = false;
        published.get(account).add(number);
        count++;
      } catch (IOException lost) {
        close(writer);
        writer = null;
      }
      number++;
      LockSupport.parkNanos(PAUSE_NANOS);
    }
    close(writer);
    shards.close();
  }

  private static void close(@Nullable RedisWriter writer) {
    if (writer != null) {
      try {
        writer.close();
      } catch (IOException ignored) {
        // It is lost anyway.
      }
    }
  }

  /** Stops publishing. */
  void end() throws InterruptedException {
    ended = true;
    thread.join();
  }

  @Override
  public void close() throws InterruptedException {
    end();
  }
}
