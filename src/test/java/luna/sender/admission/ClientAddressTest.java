package luna.sender.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.MultiMap;
import io.vertx.core.net.SocketAddress;
import java.util.Map;
import luna.sender.config.ConfigLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ClientAddressTest {
  private static final String PROXIES = "10.0.0.0/8,fd00::/8,192.0.2.77";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "10.0.0.1 | 198.51.100.7 | 198.51.100.7",
        "10.0.0.1 | 203.0.113.1, 198.51.100.7 | 198.51.100.7",
        "10.0.0.1 | 203.0.113.1, 198.51.100.7, 10.9.9.9, 192.0.2.77 | 198.51.100.7",
        "10.0.0.1 | 10.0.0.2, 10.0.0.3 | 10.0.0.2",
        "10.0.0.1 | '' | 10.0.0.1",
        "10.0.0.1 | unknown | 10.0.0.1",
        "10.0.0.1 | 198.51.100.7, unknown, 10.0.0.2 | 10.0.0.2",
        "10.0.0.1 | 198.51.100.7, | 10.0.0.1",
        "10.0.0.1 | 198.51.100.7:4711 | 198.51.100.7",
        "10.0.0.1 | [2001:db8::1]:4711 | 2001:db8::1",
        "10.0.0.1 | 2001:db8::1 | 2001:db8::1",
        "::ffff:10.0.0.1 | 198.51.100.7 | 198.51.100.7",
        "fd00::1 | 198.51.100.7 | 198.51.100.7",
        "192.0.2.77 | 198.51.100.7 | 198.51.100.7",
        "192.0.2.78 | 198.51.100.7 | 192.0.2.78",
        "11.0.0.1 | 198.51.100.7 | 11.0.0.1",
        "2001:db8::1 | 198.51.100.7 | 2001:db8::1",
      })
  void clientIsTheLastHopThatNoProxyOfOursIs(String peer, String header, String client) {
    assertThat(of(peer, "X-Forwarded-For", header)).isEqualTo(plain(client));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "for=198.51.100.7;proto=https;by=10.0.0.1 | 198.51.100.7",
        "proto=https; For=\"198.51.100.7:4711\" | 198.51.100.7",
        "for=\"[2001:db8::1]:4711\" | 2001:db8::1",
        "for=203.0.113.1, for=198.51.100.7, for=10.0.0.9 | 198.51.100.7",
        "for=\"203.0.113.1, for=198.51.100.7 | 198.51.100.7",
        "for=_hidden | 10.0.0.1",
        "proto=https | 10.0.0.1",
      })
  void forwardedIsReadWhereItIsNamed(String header, String client) {
    assertThat(of("10.0.0.1", "Forwarded", header)).isEqualTo(plain(client));
  }

  /** A proxy that writes the one hands the other on as the client sent it. */
  @Test
  void headerThatIsNotNamedIsNotRead() {
    MultiMap headers = MultiMap.caseInsensitiveMultiMap().add("Forwarded", "for=198.51.100.7");
    assertThat(address("X-Forwarded-For").of(peer("10.0.0.1"), headers))
        .isEqualTo(plain("10.0.0.1"));
  }

  @Test
  void linesOfTheHeaderAreOneList() {
    MultiMap headers =
        MultiMap.caseInsensitiveMultiMap()
            .add("x-forwarded-for", "203.0.113.1")
            .add("X-Forwarded-For", "198.51.100.7");
    assertThat(address("X-Forwarded-For").of(peer("10.0.0.1"), headers))
        .isEqualTo(plain("198.51.100.7"));
  }

  @Test
  void addressesOfOneNetworkOfIpv6AreOneClientAndOthersAreNot() {
    assertThat(plain("2001:db8::1")).isEqualTo(plain("2001:db8:0:0:ffff:ffff:ffff:ffff"));
    assertThat(plain("2001:db8::1")).isNotEqualTo(plain("2001:db8:0:1::1"));
    assertThat(plain("::ffff:192.0.2.1")).isEqualTo(plain("192.0.2.1"));
    assertThat(plain("192.0.2.1")).isNotEqualTo(plain("192.0.2.2"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/run/sender.sock", "name.example"})
  void peerWithoutAnAddressIsNowhere(String path) {
    assertThat(address("X-Forwarded-For").of(SocketAddress.domainSocketAddress(path), headers()))
        .isEqualTo(ClientAddress.NOWHERE);
  }

  private static long plain(String address) {
    return address("X-Forwarded-For").of(peer(address), headers());
  }

  private static long of(String peer, String name, String value) {
    return address(name).of(peer(peer), headers().add(name, value));
  }

  private static MultiMap headers() {
    return MultiMap.caseInsensitiveMultiMap();
  }

  private static SocketAddress peer(String address) {
    return SocketAddress.inetSocketAddress(4711, address);
  }

  private static ClientAddress address(String header) {
    return new ClientAddress(
        ConfigLoader.load(
                null,
                Map.of(
                    "LUNA_SENDER_LIMITS__TRUSTED_PROXIES", PROXIES,
                    "LUNA_SENDER_LIMITS__PROXY_HEADER", header))
            .limits());
  }
}
