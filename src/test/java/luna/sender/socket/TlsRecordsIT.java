package luna.sender.socket;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SSLSocket;
import luna.sender.testing.RawHttp;
import luna.sender.testing.RawSocket;
import luna.sender.testing.Service;
import luna.sender.testing.TestCertificates;
import luna.sender.testing.TestEventStream;
import luna.sender.testing.TlsTap;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tests how many TLS records the events of one flush need. Each record costs a client a decryption,
 * a server an encryption, and both about 22 bytes.
 */
@ParameterizedClass
@ValueSource(strings = {"openssl", "jdk"})
final class TlsRecordsIT {
  private static final Path FOLDER = TestCertificates.serverFolder();

  /** The limit of a record's plain text. */
  private static final int RECORD_BYTES = 1 << 14;

  @RegisterExtension final Service service;

  private final String account = Service.account();

  TlsRecordsIT(String provider) {
    service =
        Service.shared(
            TestCertificates.settings(
                FOLDER,
                "LUNA_SENDER_HTTP_SETTINGS__TLS__PROVIDER=" + provider,
                // With two, the first event may be written before the second is parsed.
                "LUNA_SENDER_HTTP_SETTINGS__EVENT_LOOPS=1"));
  }

  @ParameterizedTest
  @CsvSource({
    "TLSv1.2, 1, 500", "TLSv1.3, 1, 500",
    "TLSv1.2, 10, 500", "TLSv1.3, 10, 500",
    "TLSv1.2, 50, 10", "TLSv1.3, 50, 10",
    "TLSv1.2, 1, 100000", "TLSv1.3, 1, 100000",
    "TLSv1.2, 5, 5000", "TLSv1.3, 5, 5000",
  })
  void eventsOfOneFlushShareRecords(String version, int events, int bytes) throws IOException {
    try (TlsTap tap = new TlsTap(service.port());
        RawSocket client = new RawSocket(connect(tap, version), account)) {
      int before = tap.records().size();
      service.redis().publish(account, payload(events(events, bytes)));
      int sent = 0;
      for (int i = 0; i < events; i++) {
        int length = client.nextButPing().payload().length;
        sent += length + (length < 126 ? 2 : length < 1 << 16 ? 4 : 10);
      }
      List<Integer> records = tap.records().subList(before, tap.records().size());
      assertThat(records).hasSize((sent + RECORD_BYTES - 1) / RECORD_BYTES);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void eventsOfAnEventStreamShareRecordsToo(String version) throws IOException {
    String request =
        RawHttp.get("/2/events", "Luna-Account-Id: " + account, "Accept: text/event-stream");
    try (TlsTap tap = new TlsTap(service.port());
        TestEventStream stream = TestEventStream.over(connect(tap, version), request)) {
      int before = tap.records().size();
      service.redis().publish(account, payload(events(10, 500)));
      for (int i = 0; i < 10; i++) {
        assertThat(stream.nextEventId()).isEqualTo("event " + i);
      }
      assertThat(tap.records()).hasSize(before + 1);
    }
  }

  private static JsonObject[] events(int count, int bytes) {
    JsonObject[] events = new JsonObject[count];
    Arrays.setAll(events, i -> event("event " + i).put("image", "x".repeat(bytes)));
    return events;
  }

  private static SSLSocket connect(TlsTap tap, String version) throws IOException {
    SSLSocket socket = TestCertificates.connect(TestCertificates.trustingAll(), tap.port());
    socket.setEnabledProtocols(new String[] {version});
    return socket;
  }
}
