package luna.sender.browser;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.TestEvents.with;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import luna.sender.testing.Service;
import luna.sender.testing.TestCertificates;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Many streams of Server-Sent Events in one page, beside the WebSocket of the console. */
final class EventSourcePageIT {
  private static final Path FOLDER = TestCertificates.serverFolder();
  private static final int STREAMS = 20;

  /** What a browser opens per host over HTTP/1.1. */
  private static final long HTTP1_STREAMS = 6;

  private static final String OPEN =
      """
      window.seen = [];
      window.streams = [...Array(arguments[1]).keys()].map(i => {
        const stream = new EventSource(`/2/events?account_id=${arguments[0]}&tags=all,t${i}`);
        stream.onmessage = m => window.seen.push(i + ' ' + JSON.parse(m.data).event.event_id);
        return stream;
      });
      """;

  private static final String COUNT_OPEN =
      "return window.streams.filter(stream => stream.readyState === EventSource.OPEN).length";

  private final String account = Service.account();
  private final Page page = new Page();

  @AfterEach
  void close() {
    page.close();
  }

  private void open(Service service) {
    page.openEncrypted(service.port(), "account_id=" + account).awaitLive();
    page.run(OPEN, account, STREAMS);
  }

  private void publish(Service service, String id, List<String> tags) {
    service.redis().publish(account, payload(with(event(id), "tags", tags)));
  }

  private List<String> seen() {
    return page.run("return window.seen");
  }

  @Nested
  final class Http2 {
    @RegisterExtension
    final Service service =
        new Service(
            TestCertificates.settings(FOLDER, "LUNA_SENDER_HTTP_SETTINGS__TLS__HTTP2=1"));

    @Test
    void pageHasMoreStreamsThanABrowserOpensConnections() {
      open(service);
      until("all are open", () -> Long.valueOf(STREAMS).equals(page.run(COUNT_OPEN)));
      for (int i = 0; i < STREAMS; i++) {
        publish(service, "only" + i, List.of("all", "t" + i));
      }
      until("each has its event", () -> seen().size() == STREAMS);
      for (int i = 0; i < STREAMS; i++) {
        assertThat(seen()).contains(i + " only" + i);
      }
      String protocols =
          "return [...new Set(performance.getEntriesByType('navigation').map(n => n.nextHopProtocol))]";
      assertThat((List<?>) page.run(protocols)).isEqualTo(List.of("h2"));
      until(
          "the console's WebSocket has them too",
          () -> page.shown().contains("only" + (STREAMS - 1)));
      page.run("window.streams.forEach(stream => stream.close())");
      until("only the WebSocket is left", () -> service.metric("luna_sender_connections") == 1);
      assertThat(page.state()).isEqualTo("live");
    }

    @Test
    void streamsReconnectAfterARestart() {
      open(service);
      until("all are open", () -> Long.valueOf(STREAMS).equals(page.run(COUNT_OPEN)));
      service.restart();
      until(
          "all have noticed it",
          () -> service.metric("luna_sender_connections") >= STREAMS
              && Long.valueOf(STREAMS).equals(page.run(COUNT_OPEN)));
      publish(service, "after", List.of("all", "t3"));
      until("it arrives", () -> seen().contains("3 after"));
    }
  }

  @Nested
  final class Http1 {
    @RegisterExtension
    final Service service =
        new Service(
            TestCertificates.settings(FOLDER, "LUNA_SENDER_HTTP_SETTINGS__TLS__HTTP2=0"));

    @Test
    void pageHasOnlySixStreams() {
      open(service);
      until(
          "six are open",
          () -> service.metric("luna_sender_connections") == HTTP1_STREAMS + 1);
      for (int i = 0; i < STREAMS; i++) {
        publish(service, "only" + i, List.of("all", "t" + i));
      }
      until("the open ones have their events", () -> seen().size() == HTTP1_STREAMS);
      assertThat((Long) page.run(COUNT_OPEN)).isEqualTo(HTTP1_STREAMS);
    }
  }
}
