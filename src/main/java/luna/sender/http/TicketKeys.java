package luna.sender.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.handler.ssl.OpenSslSessionTicketKey;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import luna.sender.config.ConfigException;

/**
 * Keys of session tickets. A client with a ticket resumes its session at any node that has the key,
 * without the signature and the certificates of a full handshake.
 *
 * <p>Shape: for each key its name, an AES key and an HMAC key, of 16 bytes each. The first key
 * encrypts new tickets; all of them decrypt. In a file they follow each other without separators.
 *
 * <p>Errors: {@link ConfigException} with the path of the file, but never with its contents.
 *
 * <p>Source: nginx, {@code ssl_session_ticket_key} with 48 bytes.
 *
 * @param text the bytes, one character each
 */
record TicketKeys(String text) {
  private static final int PART_BYTES = 16;
  private static final int KEY_BYTES = 3 * PART_BYTES;
  private static final int MOST_KEYS = 16;
  private static final SecureRandom RANDOM = new SecureRandom();

  /** Reads a file; blocks. */
  static TicketKeys read(String path) {
    try (InputStream in = Files.newInputStream(Path.of(path))) {
      byte[] bytes = in.readNBytes(MOST_KEYS * KEY_BYTES + 1);
      int keys = bytes.length / KEY_BYTES;
      if (keys >= 1 && keys <= MOST_KEYS && keys * KEY_BYTES == bytes.length) {
        return new TicketKeys(new String(bytes, ISO_8859_1));
      }
    } catch (NoSuchFileException missing) {
      throw bad(path, "an existing file");
    } catch (IOException | InvalidPathException unreadable) {
      throw bad(path, "a readable file");
    }
    throw bad(
        path, "1 to " + MOST_KEYS + " keys of " + KEY_BYTES + " random bytes each, not as text");
  }

  private static ConfigException bad(String path, String expected) {
    return new ConfigException(
        "LUNA_SENDER_HTTP_SETTINGS.TLS.TICKET_KEYS_FILE: "
            + path
            + " (expected: "
            + expected
            + ")");
  }

  /** Returns one random key. */
  static TicketKeys random() {
    byte[] key = new byte[KEY_BYTES];
    RANDOM.nextBytes(key);
    return new TicketKeys(new String(key, ISO_8859_1));
  }

  /** Returns a random key, and the one that has encrypted until now, whose tickets stay valid. */
  TicketKeys rotate() {
    return new TicketKeys(random().text + text.substring(0, KEY_BYTES));
  }

  /** Returns the keys in the form of Netty. */
  OpenSslSessionTicketKey[] toNetty() {
    OpenSslSessionTicketKey[] keys = new OpenSslSessionTicketKey[text.length() / KEY_BYTES];
    byte[] bytes = text.getBytes(ISO_8859_1);
    for (int i = 0; i < keys.length; i++) {
      int name = i * KEY_BYTES;
      int aes = name + PART_BYTES;
      int hmac = aes + PART_BYTES;
      keys[i] =
          new OpenSslSessionTicketKey(
              Arrays.copyOfRange(bytes, name, aes),
              Arrays.copyOfRange(bytes, hmac, hmac + PART_BYTES),
              Arrays.copyOfRange(bytes, aes, hmac));
    }
    return keys;
  }

  /** Omits the keys, so that they are never logged by accident. */
  @Override
  public String toString() {
    return "TicketKeys[" + text.length() / KEY_BYTES + "]";
  }
}
