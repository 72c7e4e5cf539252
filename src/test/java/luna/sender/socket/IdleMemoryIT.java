package luna.sender.socket;

import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import luna.sender.testing.ClassHistogram;
import luna.sender.testing.RawSocket;
import luna.sender.testing.Service;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tests what stays in memory for clients that receive nothing. */
final class IdleMemoryIT {
  private static final int CLIENTS = 200;

  /** What belongs to an HTTP request, and not to the WebSocket that it opened. */
  private static final Pattern REQUEST =
      Pattern.compile(
          "(\\d+)\\s+\\d+\\s+(\\S*(?:Http1xServer|Http1xStream|HttpServerRequest|RoutingContextImpl"
              + "|HeadersMultiMap|api\\.RequestState)\\S*)");

  @RegisterExtension final Service service = Service.shared();

  @Test
  void openSocketsKeepNothingOfTheirRequests() throws Exception {
    String account = Service.account();
    List<RawSocket> clients = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      clients.add(new RawSocket(service.port(), account));
    }
    try {
      assertThat(ClassHistogram.live()).contains("luna.sender.socket.Session");
      until("the requests are collected", () -> kept().isEmpty());
      assertThat(service.metric("luna_sender_connections")).isEqualTo(CLIENTS);
    } finally {
      for (RawSocket client : clients) {
        client.close();
      }
    }
  }

  /** Returns the classes of requests that have about as many objects as there are clients. */
  private static List<String> kept() {
    List<String> kept = new ArrayList<>();
    Matcher line = REQUEST.matcher(ClassHistogram.live());
    while (line.find()) {
      if (Integer.parseInt(line.group(1)) > CLIENTS / 2) {
        kept.add(line.group());
      }
    }
    return kept;
  }
}
