package luna.sender.bridge;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Detects messages that arrive over two connections, because one server replicates from the other.
 * Each message is accepted from the connection that delivers it first.
 *
 * <p>How: counts messages with the same channel and the same bytes. If the same message arrives
 * twice over each connection, two are accepted.
 *
 * <p>Units: remembers the last {@value #LIMIT} messages that arrived over one connection only.
 *
 * <p>Errors: if two equal messages are published, one at each server, only one is accepted.
 *
 * <p>Owner: confined to one event loop.
 */
final class Deduplicator {
  static final int LIMIT = 100_000;

  /** The connection that delivered a message. */
  enum Side {
    FORMER(1),
    CURRENT(-1);

    final int sign;

    Side(int sign) {
      this.sign = sign;
    }
  }

  /** A part of a SHA-256 hash, which is different for different messages. */
  private record Key(long high, long low) {}

  private final MessageDigest digest;

  /** How many more messages came from the former side than from the current one; never 0. */
  private final Map<Key, Integer> surplus = new LinkedHashMap<>();

  Deduplicator() {
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible); // every Java platform has SHA-256
    }
  }

  /**
   * Returns whether to accept the message; false if it already arrived over the other connection.
   */
  boolean take(Side side, String channel, byte[] payload) {
    Key key = key(channel, payload);
    int before = surplus.getOrDefault(key, 0);
    int after = before + side.sign;
    if (after == 0) {
      surplus.remove(key);
    } else {
      surplus.put(key, after);
    }
    if (surplus.size() > LIMIT) {
      Iterator<Key> oldest = surplus.keySet().iterator();
      oldest.next();
      oldest.remove();
    }
    return before * side.sign >= 0;
  }

  private Key key(String channel, byte[] payload) {
    // After a fault, the digest may have bytes of another message.
    digest.reset();
    digest.update(channel.getBytes(StandardCharsets.UTF_8));
    digest.update((byte) 0);
    ByteBuffer hash = ByteBuffer.wrap(digest.digest(payload));
    return new Key(hash.getLong(), hash.getLong());
  }
}
