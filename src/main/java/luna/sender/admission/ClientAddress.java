package luna.sender.admission;

import io.vertx.core.MultiMap;
import io.vertx.core.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import luna.sender.config.LimitSettings;
import luna.sender.config.LimitSettings.ProxyHeader;
import luna.sender.config.Network;
import luna.sender.headers.FieldValue;
import org.jspecify.annotations.Nullable;

/**
 * Finds out where a client is, behind the proxies that are trusted.
 *
 * <p>Shape: a number: an IPv4 address, or the first 64 bits of an IPv6 one, for whoever has one
 * address there has all others of its /64. Where strangers share a /64 ({@code ::1}, link-local
 * addresses, Teredo), the whole address counts; an IPv4 address in an IPv6 one is IPv4. {@link
 * #NOWHERE} for a peer without an address.
 *
 * <p>Errors: what a trusted proxy names that is no address ({@code unknown}), or a header that is
 * malformed, leaves it at the proxy.
 *
 * <p>Owner: immutable.
 *
 * <p>Source: RFC 7239; what stands left of the first hop that is not trusted, anyone may have
 * written. RFC 6890 for the special addresses.
 */
final class ClientAddress {
  static final long NOWHERE = -1;

  /** Beside the 32 bits of IPv4: no IPv6 address that is routed begins with it. */
  private static final long V4 = 0xFFFFL << 32;

  /** Whose /64 are not of one client: unspecified and loopback, link-local, Teredo. */
  private static final List<Network> SHARED =
      List.of(network("::/64"), network("fe80::/10"), network("2001::/32"));

  /** IPv4 behind a translator (RFC 6052), in the last 32 bits. */
  private static final Network NAT64 = network("64:ff9b::/96");

  private final List<Network> trusted;
  private final ProxyHeader header;

  ClientAddress(LimitSettings settings) {
    trusted = settings.trustedProxies().stream().map(Network::parse).toList();
    header = settings.proxyHeader();
  }

  private static Network network(String text) {
    Network network = Network.parse(text);
    if (network == null) {
      throw new IllegalStateException("network: " + text + " (expected: address/bits)");
    }
    return network;
  }

  long of(SocketAddress peer, MultiMap headers) {
    byte[] client = peer.hostAddress() == null ? null : Network.address(peer.hostAddress());
    if (client == null) {
      return NOWHERE;
    }
    if (isTrusted(client)) {
      client = behind(client, headers.getAll(header.toString()));
    }
    return number(client);
  }

  /** From the right, where our proxy writes, to the first hop that is not one of ours. */
  private byte[] behind(byte[] proxy, List<String> lines) {
    byte[] client = proxy;
    for (int line = lines.size() - 1; line >= 0; line--) {
      List<String> hops = hops(lines.get(line));
      // A quote that does not end may hide any of them.
      if (hops == null) {
        return client;
      }
      for (int hop = hops.size() - 1; hop >= 0; hop--) {
        byte[] address = address(hops.get(hop));
        if (address == null) {
          return client;
        }
        client = address;
        if (!isTrusted(client)) {
          return client;
        }
      }
    }
    return client;
  }

  private @Nullable List<String> hops(String line) {
    return header == ProxyHeader.FORWARDED ? FieldValue.split(line, ',') : elements(line);
  }

  /** An empty element is one: what a proxy adds may be empty, and the next one is the client's. */
  private static List<String> elements(String line) {
    List<String> elements = new ArrayList<>();
    int start = 0;
    for (int comma = line.indexOf(','); comma >= 0; comma = line.indexOf(',', start)) {
      elements.add(line.substring(start, comma));
      start = comma + 1;
    }
    elements.add(line.substring(start));
    return elements;
  }

  private byte @Nullable [] address(String hop) {
    return header == ProxyHeader.FORWARDED
        ? ForwardedHeader.address(hop)
        : ForwardedHeader.node(hop.strip(), true);
  }

  private boolean isTrusted(byte[] address) {
    return trusted.stream().anyMatch(network -> network.contains(address));
  }

  private static long number(byte[] address) {
    if (address.length == 4) {
      return V4 | bits(address, 0, 4);
    }
    if (NAT64.contains(address)) {
      return V4 | bits(address, 12, 16);
    }
    long network = bits(address, 0, 8);
    boolean shared = SHARED.stream().anyMatch(each -> each.contains(address));
    // Odd, so that no two hosts of one network become the same.
    long number = shared ? network ^ bits(address, 8, 16) * 0x9E3779B97F4A7C15L : network;
    return number == NOWHERE ? NOWHERE - 1 : number;
  }

  private static long bits(byte[] address, int from, int to) {
    long bits = 0;
    for (int i = from; i < to; i++) {
      bits = bits << 8 | (address[i] & 0xFF);
    }
    return bits;
  }
}
