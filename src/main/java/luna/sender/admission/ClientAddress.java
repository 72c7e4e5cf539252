package luna.sender.admission;

import io.vertx.core.MultiMap;
import io.vertx.core.net.SocketAddress;
import java.util.List;
import java.util.Locale;
import luna.sender.config.LimitSettings;
import luna.sender.config.LimitSettings.ProxyHeader;
import luna.sender.config.Network;
import org.jspecify.annotations.Nullable;

/**
 * Finds out where a client is, behind the proxies that are trusted.
 *
 * <p>Shape: a number: an IPv4 address, or the first 64 bits of an IPv6 one, for whoever has one
 * address there has all others of its /64. {@link #NOWHERE} for a peer without an address.
 *
 * <p>Errors: what a trusted proxy names that is no address ({@code unknown}) leaves it at the
 * proxy.
 *
 * <p>Owner: immutable.
 *
 * <p>Source: RFC 7239; what stands left of the first hop that is not trusted, anyone may have
 * written.
 */
final class ClientAddress {
  static final long NOWHERE = 0;

  /** Beside the 32 bits of IPv4: no IPv6 address that is routed begins with it. */
  private static final long V4 = 0xFFFFL << 32;

  private final List<Network> trusted;
  private final ProxyHeader header;

  ClientAddress(LimitSettings settings) {
    trusted = settings.trustedProxies().stream().map(Network::parse).toList();
    header = settings.proxyHeader();
  }

  long of(SocketAddress peer, MultiMap headers) {
    byte[] client = peer.hostAddress() == null ? null : Network.address(peer.hostAddress());
    if (client == null) {
      return NOWHERE;
    }
    if (isTrusted(client)) {
      client = behind(client, String.join(",", headers.getAll(header.toString())));
    }
    return number(client);
  }

  /** From the right, where our proxy writes, to the first hop that is not one of ours. */
  private byte[] behind(byte[] proxy, String hops) {
    byte[] client = proxy;
    int end = hops.length();
    while (end > 0) {
      int comma = hops.lastIndexOf(',', end - 1);
      String hop = hops.substring(comma + 1, end).strip();
      byte[] address = address(header == ProxyHeader.FORWARDED ? forwardedFor(hop) : hop);
      if (address == null) {
        return client;
      }
      client = address;
      if (!isTrusted(client)) {
        return client;
      }
      end = comma;
    }
    return client;
  }

  private boolean isTrusted(byte[] address) {
    return trusted.stream().anyMatch(network -> network.contains(address));
  }

  /** The value of {@code for=} without its quotes, or nothing. */
  private static String forwardedFor(String hop) {
    for (String pair : hop.split(";", -1)) {
      String stripped = pair.strip();
      if (stripped.toLowerCase(Locale.ROOT).startsWith("for=")) {
        return stripped.substring(4).replace("\"", "");
      }
    }
    return "";
  }

  /** Some write {@code 192.0.2.1:4711} or {@code [2001:db8::1]:4711}. */
  private static byte @Nullable [] address(String hop) {
    int colon = hop.indexOf(':');
    String host = hop;
    if (hop.startsWith("[") && hop.indexOf(']') > 0) {
      host = hop.substring(1, hop.indexOf(']'));
    } else if (colon >= 0 && colon == hop.lastIndexOf(':')) {
      host = hop.substring(0, colon);
    }
    return Network.address(host);
  }

  private static long number(byte[] address) {
    long number = 0;
    for (int i = 0; i < Math.min(Long.BYTES, address.length); i++) {
      number = number << 8 | (address[i] & 0xFF);
    }
    return address.length == 4 ? number | V4 : number;
  }
}
