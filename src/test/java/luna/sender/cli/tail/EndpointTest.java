package luna.sender.cli.tail;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class EndpointTest {
  @ParameterizedTest
  @CsvSource({
    "http://host:5080, ws://host:5080/2/ws",
    "http://host:5080/, ws://host:5080/2/ws",
    "ws://host, ws://host:80/2/ws",
    "https://host, wss://host:443/2/ws",
    "WSS://host:1/gate/way, wss://host:1/gate/way/2/ws",
    "ws://host:1/1/ws, ws://host:1/1/ws",
    "http://[::1]:5080, ws://[::1]:5080/2/ws",
  })
  void urlIsResolvedToTheWebSocket(String url, String target) {
    assertThat(Endpoint.parse(url).text()).isEqualTo(target);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "host:5080",
        "ftp://host",
        "http:///2/ws",
        "http://a b",
        "http://h:99999",
        "http://h/#x"
      })
  void urlOfAnotherSchemeIsRejected(String url) {
    assertThatThrownBy(() -> Endpoint.parse(url))
        .hasMessageStartingWith("--url: " + url + " (expected: ");
  }

  @Test
  void passwordInTheUrlIsRejectedAndNotShown() {
    assertThatThrownBy(() -> Endpoint.parse("http://user:s3cret@host"))
        .hasMessageContaining("--token-file")
        .hasMessageNotContaining("s3cret");
  }

  @ParameterizedTest
  @CsvSource({
    "http://sender, true",
    "https://sender, false",
    "http://localhost:1, false",
    "http://127.0.0.1, false",
    "http://[::1], false",
    "http://127.example, true",
  })
  void onlyPlainConnectionsToOtherMachinesAreExposed(String url, boolean exposed) {
    assertThat(Endpoint.parse(url).isExposed()).isEqualTo(exposed);
  }
}
