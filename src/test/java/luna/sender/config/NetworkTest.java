package luna.sender.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class NetworkTest {
  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/8, 10.255.0.1, 11.0.0.0",
    "10.0.0.0/9, 10.127.0.1, 10.128.0.0",
    "10.1.2.3/8, 10.0.0.1, 9.255.255.255",
    "192.0.2.128/25, 192.0.2.255, 192.0.2.127",
    "192.0.2.1, 192.0.2.1, 192.0.2.2",
    "192.0.2.1/32, 192.0.2.1, 192.0.2.0",
    "fd00::/8, fdff::1, fe00::1",
    "2001:db8::/33, 2001:db8:7fff::1, 2001:db8:8000::1",
    "::1, ::1, ::2",
    "::ffff:10.0.0.0, 10.0.0.0, 10.0.0.1",
    "0.0.0.0/0, 255.255.255.255, ::1",
    "::/0, ffff::1, 10.0.0.1",
  })
  void networkContainsOnlyItsAddresses(String network, String inside, String outside) {
    Network parsed = Objects.requireNonNull(Network.parse(network));
    assertThat(parsed.contains(address(inside))).isTrue();
    assertThat(parsed.contains(address(outside))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", " ", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8/8", "10.0.0",
        "10.0.0.256", "10.0.0.0/0x8", "localhost", "fade.cafe", "::1/129", ":::", "1:2", "[", "[]",
        "10.0.0.1 "
      })
  void invalidNetworkIsNotParsed(String text) {
    assertThat(Network.parse(text)).isNull();
  }

  @Test
  void hostNameIsNotAnAddress() {
    assertThat(Network.address("localhost")).isNull();
    assertThat(Network.address("")).isNull();
  }

  private static byte[] address(String text) {
    return Objects.requireNonNull(Network.address(text));
  }
}
