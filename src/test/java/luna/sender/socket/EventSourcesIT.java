package luna.sender.socket;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import luna.sender.bridge.history.HistoryPublisher;
import luna.sender.testing.EventSources;
import luna.sender.testing.Service;
import luna.sender.testing.TestCertificates;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Restarts the service under clients that reconnect as the {@code EventSource} of a browser. */
final class EventSourcesIT {
  private static final Path FOLDER = TestCertificates.serverFolder();
  private static final int CLIENTS = 1000;
  private static final int STREAMS_PER_CONNECTION = 100;
  private static final int EVENTS = 20;
  private static final Duration BOUND = Duration.ofMinutes(2);

  @RegisterExtension
  final Service service =
      Service.shared(
          TestCertificates.settings(
              FOLDER,
              "LUNA_SENDER_HTTP_SETTINGS__HANDSHAKE_TIMEOUT=30",
              "LUNA_SENDER_HISTORY__MODE=redis",
              "LUNA_SENDER_HISTORY__RECORD=0"));

  private int published;

  @Test
  void eachClientGetsEachEventOnceOverAllRestarts() {
    String account = Service.account();
    try (HistoryPublisher history = new HistoryPublisher(service.redis().port());
        EventSources sources =
            new EventSources(service.port(), account, CLIENTS, STREAMS_PER_CONNECTION)) {
      until("all are connected", BOUND, () -> sources.connected() == CLIENTS);
      for (int restart = 0; restart < 2; restart++) {
        publish(history, account);
        service.restart();
        publish(history, account);
        int limit = published + EVENTS;
        until(
            "all have reconnected",
            BOUND,
            () -> {
              // Live events arrive while others are still replayed.
              publish(history, account, published < limit ? 1 : 0);
              return sources.connected() == CLIENTS || !sources.faults().isEmpty();
            });
        assertThat(sources.faults()).isEmpty();
      }
      publish(history, account);
      until("all events have arrived", BOUND, () -> sources.fewestEvents() == published);
      assertThat(sources.faults()).isEmpty();
      assertThat(service.metric("luna_sender_connections")).isEqualTo(CLIENTS);
    }
  }

  private void publish(HistoryPublisher history, String account) {
    publish(history, account, EVENTS);
  }

  private void publish(HistoryPublisher history, String account, int count) {
    for (int i = 0; i < count; i++) {
      history.append(account, payload(event(EventSources.id(published++))));
    }
  }
}
