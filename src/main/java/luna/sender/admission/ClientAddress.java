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
 * Determines the address of a client behind trusted proxies.
 *
 * <p>How: the result is a number: an IPv4 address, or the first 64 bits of an IPv6 address, because
 * one client usually owns a whole /64. Where several clients share a /64 ({@code ::1}, link-local
 * addresses, Teredo), the whole address counts. An IPv4 address embedded in IPv6 counts as IPv4.
 * The result is {@link #NOWHERE} for a peer without an address.
 *
 * <p>Errors: if a trusted proxy sends something else than an address ({@code unknown}), or a
 * malformed header, the result is the address of that proxy.
 *
 * <p>Source: RFC 7239: entries to the left of the first untrusted hop may be forged. RFC 6890 for
 * the special addresses.
 */
final class ClientAddress {
  static final long NOWHERE = -1;

  /** The prefix of an IPv4 address. No routed IPv6 address begins with it. */
  private static final long V4 = 0xFFFFL << 32;

  /**
   * Networks in which a /64 is shared by several clients: unspecified and loopback, link-local,
   * Teredo.
   */
  private static final List<Network> SHARED =
      List.of(network("::/64"), network("fe80::/10"), network("2001::/32"));

  /** IPv4 addresses from a translator (RFC 6052), in the last 32 bits. */
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
    byte[] client = bytes(peer, headers);
    return client == null ? NOWHERE : number(client);
  }

  /** Returns the whole address as text, or an empty text for a peer without an address. */
  String text(SocketAddress peer, MultiMap headers) {
    byte[] client = bytes(peer, headers);
    return client == null ? "" : Network.text(client);
  }

  private byte @Nullable [] bytes(SocketAddress peer, MultiMap headers) {
    byte[] client = peer.hostAddress() == null ? null : Network.address(peer.hostAddress());
    return client != null && isTrusted(client)
        ? behind(client, headers.getAll(header.toString()))
        : client;
  }

  /** Walks the hops from the right, where our proxy appends, to the first untrusted one. */
  private byte[] behind(byte[] proxy, List<String> lines) {
    byte[] client = proxy;
    for (int line = lines.size() - 1; line >= 0; line--) {
      List<String> hops = hops(lines.get(line));
      // An unterminated quote may hide hops.
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

  /**
   * Splits a line and keeps empty elements: a proxy may append an empty one, and the next one is
   * written by the client.
   */
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
    // The factor is odd, so no two hosts of one network collide.
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
