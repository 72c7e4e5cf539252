package luna.sender.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.MultiMap;
import io.vertx.core.net.SocketAddress;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import luna.sender.config.ConfigLoader;
import luna.sender.config.Network;
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
        "10.0.0.1 | ::ffff:198.51.100.7 | 198.51.100.7",
        "10.0.0.1 | 9.9.9.9,198.51.100.7:x | 10.0.0.1",
        "10.0.0.1 | 198.51.100.7:123456 | 10.0.0.1",
        "10.0.0.1 | 198.51.100.7: | 10.0.0.1",
        "10.0.0.1 | [198.51.100.7] | 10.0.0.1",
        "10.0.0.1 | [2001:db8::1]x | 10.0.0.1",
        "10.0.0.1 | [2001:db8::1 | 10.0.0.1",
        "10.0.0.1 | fe80::1%eth0 | 10.0.0.1",
        "10.0.0.1 | \"198.51.100.7\" | 10.0.0.1",
        "10.0.0.1 | 198.51.100.7 203.0.113.1 | 10.0.0.1",
        "10.0.0.1 | localhost | 10.0.0.1",
        "10.0.0.1 | 1, 2 | 10.0.0.1",
        "::ffff:10.0.0.1 | 198.51.100.7 | 198.51.100.7",
        "fd00::1 | 198.51.100.7 | 198.51.100.7",
        "192.0.2.77 | 198.51.100.7 | 198.51.100.7",
        "192.0.2.78 | 198.51.100.7 | 192.0.2.78",
        "11.0.0.1 | 198.51.100.7 | 11.0.0.1",
        "2001:db8::1 | 198.51.100.7 | 2001:db8::1",
      })
  void clientIsTheLastUntrustedHop(String peer, String header, String client) {
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
        "for=203.0.113.7;host=\"a,for=9.9.9.1;x=\" | 203.0.113.7",
        "for=203.0.113.7;host=\"a\\\",for=9.9.9.1;x=\" | 203.0.113.7",
        "for=203.0.113.7;host=\"a;for=9.9.9.1\" | 203.0.113.7",
        "host=\"for=9.9.9.1,for=9.9.9.2\";for=203.0.113.7 | 203.0.113.7",
        "for=9.9.9.1, for=203.0.113.7;host=\",\" | 203.0.113.7",
        "for=\"203.0.113.7:_port\" | 203.0.113.7",
        "for=\"203.0.1\\13.7\" | 203.0.113.7",
        "FOR=203.0.113.7;;secret=x; | 203.0.113.7",
        "for=\"[::ffff:203.0.113.7]\" | 203.0.113.7",
        ", ,for=203.0.113.7, | 203.0.113.7",
      })
  void forwardedIsReadIfConfigured(String header, String client) {
    assertThat(of("10.0.0.1", "Forwarded", header)).isEqualTo(plain(client));
  }

  /** Each header ends with an element of the trusted proxy that is not an address. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "for=",
        "for",
        "for=_hidden",
        "for=unknown",
        "for=\"unknown:4711\"",
        "proto=https",
        "for=\"203.0.113.1, for=198.51.100.7",
        "for=9.9.9.9, for=\"198.51.100.7",
        "for=9.9.9.9, \", for=198.51.100.7",
        "for=9.9.9.9, for=198.51.100.7;for=203.0.113.1",
        "for=9.9.9.9, for=198.51.100.7;host=a b",
        "for=9.9.9.9, for=198.51.100.7;host=[::1]",
        "for=9.9.9.9, for=198.51.100.7;host",
        "for=9.9.9.9, for=198.51.100.7;=x",
        "for=9.9.9.9, for =198.51.100.7",
        "for=9.9.9.9, for= 198.51.100.7",
        "for=9.9.9.9, for=198.51.100.7 for=203.0.113.1",
        "for=9.9.9.9, for=198.51.100.7:4711",
        "for=9.9.9.9, for=2001:db8::1",
        "for=9.9.9.9, for=[2001:db8::1]",
        "for=9.9.9.9, for=\"2001:db8::1\"",
        "for=9.9.9.9, for=\"[2001:db8::1]:\"",
        "for=9.9.9.9, for=\"[2001:db8::1]4711\"",
        "for=9.9.9.9, for=\"[fe80::1%eth0]\"",
        "for=9.9.9.9, for=\"198.51.100.7:123456\"",
        "for=9.9.9.9, for=\"198.51.100.7:_\"",
        "for=9.9.9.9, for=\" 198.51.100.7\"",
        "for=9.9.9.9, for=\"198.51.100.7\"x",
        "for=9.9.9.9, 198.51.100.7",
        "for=9.9.9.9, by=198.51.100.7",
      })
  void invalidAddressCountsAsTheProxy(String header) {
    assertThat(of("10.0.0.1", "Forwarded", header)).isEqualTo(plain("10.0.0.1"));
  }

  @Test
  void malformedLineEndsTheSearchAtThePreviousHop() {
    MultiMap headers =
        headers().add("Forwarded", "for=9.9.9.9, for=\"x").add("Forwarded", "for=10.0.0.9");
    assertThat(address("Forwarded").of(peer("10.0.0.1"), headers)).isEqualTo(plain("10.0.0.9"));
  }

  @Test
  void everyAddressHasANumber() {
    List<String> special =
        List.of(
            "::",
            "::1",
            "::2",
            "::192.0.2.1",
            "0.0.0.0",
            "127.0.0.1",
            "127.0.0.2",
            "169.254.1.1",
            "255.255.255.255",
            "fe80::1",
            "fe80::2",
            "febf::1",
            "fec0::1",
            "fc00::1",
            "ff02::1",
            "ffff:ffff:ffff:ffff::1",
            "2001:0:1::1",
            "2001:0:1::2",
            "2002:c000:201::1",
            "64:ff9b::c000:209",
            "100::1",
            "2001:db8::1");
    assertThat(special.stream().map(ClientAddressTest::plain))
        .doesNotContain(ClientAddress.NOWHERE)
        .doesNotHaveDuplicates();
    assertThat(plain("::ffff:127.0.0.1")).isEqualTo(plain("127.0.0.1"));
    assertThat(plain("64:ff9b::c000:209")).isEqualTo(plain("192.0.2.9"));
  }

  @Test
  void zoneOfALinkLocalPeerIsIgnored() throws UnknownHostException {
    byte[] bytes = Objects.requireNonNull(Network.address("fe80::1"));
    InetSocketAddress scoped = new InetSocketAddress(Inet6Address.getByAddress("", bytes, 2), 4711);
    SocketAddress peer = SocketAddress.inetSocketAddress(scoped);
    assertThat(peer.hostAddress()).contains("%");
    assertThat(address("Forwarded").of(peer, headers())).isEqualTo(plain("fe80::1"));
  }

  /** A proxy that writes one of the headers passes the other on as the client sent it. */
  @Test
  void otherHeaderThanTheConfiguredOneIsIgnored() {
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
  void addressesOfOneIpv6NetworkAreOneClient() {
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
