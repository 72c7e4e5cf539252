package luna.sender.socket;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import luna.sender.testing.RawSocket;
import luna.sender.testing.Service;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Tests that shared frames are released by their last user, however the clients end. Netty's leak
 * detector logs an error for each leak, which fails the test.
 */
final class LeakIT {
  private static ResourceLeakDetector.Level before;

  @RegisterExtension
  final Service service =
      new Service(
          "LUNA_SENDER_WS_SETTINGS__QUEUE_LIMIT_BYTES=1000000",
          "LUNA_SENDER_WS_SETTINGS__CLOSE_TIMEOUT=0.5");

  private final String account = Service.account();

  @BeforeAll
  static void watchAll() {
    before = ResourceLeakDetector.getLevel();
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
  }

  @AfterAll
  static void watchAsBefore() {
    ResourceLeakDetector.setLevel(before);
  }

  @Test
  void noFrameLeaksHoweverTheClientsEnd() throws Exception {
    List<TestSocket> reading = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      reading.add(service.open(account, ""));
    }
    TestSocket leaving = service.open(account, "");
    TestSocket slow = service.open(account, "");
    slow.pause();
    RawSocket resetting = new RawSocket(service.port(), account);
    resetting.socket().setSoLinger(true, 0);
    for (int i = 0; i < 60; i++) {
      if (i == 3) {
        leaving.close();
      } else if (i == 6) {
        resetting.close();
      }
      String image = "x".repeat(300_000);
      service.redis().publish(account, payload(event("event " + i).put("image", image)));
      for (TestSocket socket : reading) {
        assertThat(socket.nextEventId()).isEqualTo("event " + i);
      }
    }
    until("the slow client is disconnected", () -> service.metric("luna_sender_connections") == 10);
    reportLeaks();
  }

  /** Leaks are found when their buffers are collected, and reported at the next allocation. */
  static void reportLeaks() {
    for (int i = 0; i < 3; i++) {
      WeakReference<Object> garbage = new WeakReference<>(new Object());
      until(
          "garbage is collected",
          () -> {
            System.gc();
            return garbage.get() == null;
          });
      ByteBufAllocator.DEFAULT.directBuffer(1).release();
    }
  }
}
