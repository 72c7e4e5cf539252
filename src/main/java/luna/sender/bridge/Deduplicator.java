package luna.sender.bridge;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Finds messages that arrive over two connections, because one server replicates from the other:
 * each is taken from the connection that brings it first.
 *
 * <p>Shape: counts messages with the same channel and the same bytes. Of a message that came twice
 * over one connection and twice over the other, two are taken.
 *
 * <p>Units: remembers the last {@value #LIMIT} messages without a twin.
 *
 * <p>Errors: two equal messages that were published at two servers, each once, are taken for one.
 *
 * <p>Owner: confined to one event loop.
 */
final class Deduplicator {
  static final int LIMIT = 100_000;

  /** Where a message came from. */
  enum Side {
    FORMER(1),
    CURRENT(-1);

    final int sign;

    Side(int sign) {
      this.sign = sign;
    }
  }

  /** A hash that messages with different bytes do not share. */
  private record Key(long high, long low) {}

  private final MessageDigest digest;

  /** How many more came from the former side than from the current one; never 0. */
  private final Map<Key, Integer> surplus = new LinkedHashMap<>();

  Deduplicator() {
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible); // each Java platform has it
    }
  }

  /** Whether the message is to be taken; false if it came over the other connection already. */
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
    // A fault may have left the bytes of another message in it.
    digest.reset();
    digest.update(channel.getBytes(StandardCharsets.UTF_8));
    digest.update((byte) 0);
    ByteBuffer hash = ByteBuffer.wrap(digest.digest(payload));
    return new Key(hash.getLong(), hash.getLong());
  }
}
