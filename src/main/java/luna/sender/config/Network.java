package luna.sender.config;

import io.netty.util.NetUtil;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A range of IP addresses.
 *
 * <p>Shape: {@code 10.0.0.0/8}, {@code fd00::/8}, or one address. IPv4 in IPv6 ({@code
 * ::ffff:10.0.0.1}) counts as IPv4. Host names are never resolved.
 */
public final class Network {
  private static final int V4_IN_V6 = 12;

  private final byte[] address;
  private final int bits;

  private Network(byte[] address, int bits) {
    this.address = address;
    this.bits = bits;
  }

  /** Parses a network, or returns null for malformed text. */
  public static @Nullable Network parse(String text) {
    int slash = text.indexOf('/');
    byte[] address = address(slash < 0 ? text : text.substring(0, slash));
    if (address == null) {
      return null;
    }
    int bits = slash < 0 ? address.length * 8 : bits(text.substring(slash + 1));
    return bits < 0 || bits > address.length * 8 ? null : new Network(address, bits);
  }

  private static int bits(String text) {
    return text.matches("[0-9]{1,3}") ? Integer.parseInt(text) : -1;
  }

  /** Returns the 4 or 16 bytes of an address, or null for malformed text. */
  public static byte @Nullable [] address(String text) {
    if (!NetUtil.isValidIpV4Address(text) && !NetUtil.isValidIpV6Address(text)) {
      return null;
    }
    byte[] address = NetUtil.createByteArrayFromIpAddressString(text);
    return address != null && isV4InV6(address)
        ? Arrays.copyOfRange(address, V4_IN_V6, address.length)
        : address;
  }

  /** Returns the text of 4 or 16 bytes. */
  public static String text(byte[] address) {
    return NetUtil.bytesToIpAddress(address);
  }

  private static boolean isV4InV6(byte[] address) {
    if (address.length != 16 || address[10] != -1 || address[11] != -1) {
      return false;
    }
    for (int i = 0; i < 10; i++) {
      if (address[i] != 0) {
        return false;
      }
    }
    return true;
  }

  /** Returns whether the text is a loopback address: in 127.0.0.0/8, or ::1. */
  static boolean isLoopback(String text) {
    byte[] address = address(text);
    if (address == null) {
      return false;
    }
    return address.length == 4
        ? address[0] == 127
        : new Network(new byte[16], 127).contains(address) && address[15] == 1;
  }

  public boolean contains(byte[] other) {
    if (other.length != address.length) {
      return false;
    }
    int whole = bits / 8;
    int rest = bits % 8;
    return Arrays.equals(address, 0, whole, other, 0, whole)
        && (rest == 0 || ((address[whole] ^ other[whole]) & 0xFF) >> (8 - rest) == 0);
  }
}
