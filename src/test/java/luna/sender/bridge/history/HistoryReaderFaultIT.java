package luna.sender.bridge.history;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import luna.sender.Sender;
import luna.sender.metrics.GuardInjection;
import luna.sender.metrics.GuardedTask;
import luna.sender.testing.Service;
import luna.sender.testing.TestRedis;
import org.junit.jupiter.api.Test;

/** A reader of the history in which calls throw. */
final class HistoryReaderFaultIT {
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final int[] NTH = {1, 2, 3, 5};

  private final String account = Service.account();

  @Test
  void requestsAfterAFaultAreAnswered() throws Exception {
    GuardInjection injection = new GuardInjection();
    injection.install();
    try (TestRedis redis = new TestRedis()) {
      Sender sender =
          RecordingSender.start(Map.of("REDIS_DB_ADDRESS__PORT", Integer.toString(redis.port())));
      try {
        until("it is ready", sender::isReady);
        try (HistoryPublisher publisher = new HistoryPublisher(redis.port())) {
          publisher.append(account, payload(event("kept")));
        }
        for (boolean before : List.of(true, false)) {
          for (int nth : NTH) {
            injection.arm(GuardedTask.HISTORY_READ, before, nth);
            until(
                "a call throws",
                () -> {
                  page(sender);
                  return injection.hasThrown();
                });
            until("the history is read", () -> page(sender).contains("\"kept\""));
          }
        }
        assertThat(page(sender)).contains("\"outcome\":\"complete\"");
      } finally {
        await(sender.stop());
      }
    } finally {
      injection.uninstall();
    }
  }

  private String page(Sender sender) {
    URI uri =
        URI.create("http://127.0.0.1:" + sender.port() + "/2/events?last=1&account_id=" + account);
    try {
      return HTTP.send(
              HttpRequest.newBuilder(uri).header("Accept", "application/json").build(),
              HttpResponse.BodyHandlers.ofString())
          .body();
    } catch (Exception failure) {
      throw new AssertionError(failure);
    }
  }
}
