package luna.sender.chaos;

import static luna.sender.testing.Waiting.until;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import luna.sender.cli.demo.EmbeddedRedis;
import luna.sender.testing.RedisWriter;
import luna.sender.testing.TestSentinel;
import org.jspecify.annotations.Nullable;

/**
 * Two real Redis servers, master and replica, each behind a proxy, and a Sentinel that watches them
 * through the proxies.
 *
 * <p>Owner: thread-safe.
 */
final class RedisPair implements AutoCloseable {
  static final String MASTER = "our-master";

  /** Of a connection to a server, which may be silent. */
  static final Duration TIMEOUT = Duration.ofSeconds(1);

  /**
   * Long enough that a busy machine is not taken for a silent master. A second failover before the
   * new replica is synchronised would replace the data by those of before the first one.
   */
  private static final Duration DOWN_AFTER = Duration.ofSeconds(2);

  private final SilentWire[] wires = {new SilentWire(), new SilentWire()};
  private final EmbeddedRedis[] servers = new EmbeddedRedis[2];
  private final TestSentinel sentinel;

  RedisPair() throws IOException {
    servers[0] = start(0, null);
    servers[1] = start(1, 0);
    sentinel = new TestSentinel(MASTER, wires[0].port(), DOWN_AFTER);
    until("the replica is known", () -> sentinel.info().contains("slaves=1"));
  }

  private EmbeddedRedis start(int index, @Nullable Integer masterIndex) {
    String announce = "replica-announce-port " + wires[index].port();
    EmbeddedRedis server =
        masterIndex == null
            ? EmbeddedRedis.start(0, announce, "replica-announce-ip 127.0.0.1")
            : EmbeddedRedis.start(
                0,
                announce,
                "replica-announce-ip 127.0.0.1",
                "replicaof 127.0.0.1 " + wires[masterIndex].port());
    wires[index].lead(server.port());
    return server;
  }

  int sentinelPort() {
    return sentinel.port();
  }

  /** Returns the index of the server that the Sentinel names as the master. */
  int master() throws IOException {
    String answer =
        RedisWriter.ask(sentinel.port(), TIMEOUT, "SENTINEL", "get-master-addr-by-name", MASTER);
    return answer.contains(Integer.toString(wires[1].port())) ? 1 : 0;
  }

  int port(int index) {
    return wires[index].port();
  }

  void killMaster() throws IOException {
    int master = master();
    servers[master].kill();
  }

  /** Starts a killed server again, as a replica of the other one. */
  synchronized void reviveAll() throws IOException {
    for (int i = 0; i < 2; i++) {
      if (!isRunning(i)) {
        servers[i] = start(i, 1 - i);
      }
    }
  }

  private boolean isRunning(int index) {
    try (Socket socket = new Socket()) {
      socket.connect(
          new InetSocketAddress("127.0.0.1", servers[index].port()), (int) TIMEOUT.toMillis());
      return true;
    } catch (IOException down) {
      return false;
    }
  }

  void failOver() throws IOException {
    RedisWriter.ask(sentinel.port(), TIMEOUT, "SENTINEL", "FAILOVER", MASTER);
  }

  /** Silences the connections of the master; the result ends the silence. */
  Runnable silence() throws IOException {
    SilentWire wire = wires[master()];
    wire.goSilent();
    return wire::heal;
  }

  @Override
  public void close() throws Exception {
    sentinel.close();
    for (int i = 0; i < 2; i++) {
      servers[i].kill();
      wires[i].close();
    }
  }
}
