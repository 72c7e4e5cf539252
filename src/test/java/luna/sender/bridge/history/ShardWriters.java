package luna.sender.bridge.history;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.function.IntSupplier;
import luna.sender.testing.RedisWriter;

/**
 * A publisher's connections to the masters of a Cluster, for sharded channels. It follows MOVED.
 *
 * <p>Owner: one thread.
 */
final class ShardWriters {
  private final IntSupplier first;
  private final Map<Integer, RedisWriter> writers = new HashMap<>();

  /** The port of the master of each channel. */
  private final Map<String, Integer> ports = new HashMap<>();

  /**
   * @param first the port of any master
   */
  ShardWriters(IntSupplier first) {
    this.first = first;
  }

  /** Publishes to the master of the channel. */
  void publish(String channel, String payload) throws IOException {
    int port = ports.computeIfAbsent(channel, unknown -> first.getAsInt());
    try {
      writer(port).publish("SPUBLISH", channel, payload);
    } catch (IOException failure) {
      String text = String.valueOf(failure.getMessage());
      if (!text.startsWith("-MOVED")) {
        writers.remove(port);
        ports.remove(channel);
        throw failure;
      }
      ports.put(channel, Integer.parseInt(text.substring(text.lastIndexOf(':') + 1).trim()));
      writer(ports.get(channel)).publish("SPUBLISH", channel, payload);
    }
  }

  private RedisWriter writer(int port) throws IOException {
    RedisWriter writer = writers.get(port);
    if (writer == null) {
      writer = new RedisWriter(port);
      writers.put(port, writer);
    }
    return writer;
  }

  void close() {
    for (RedisWriter writer : writers.values()) {
      try {
        writer.close();
      } catch (IOException ignored) {
        // It is lost anyway.
      }
    }
  }
}
