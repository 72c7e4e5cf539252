package luna.sender.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * A file with a secret, such as a mounted Kubernetes Secret. It is read each time the secret is
 * needed, so a rotation needs no restart.
 *
 * <p>Shape: one line of UTF-8, at most {@value #LIMIT_BYTES} bytes. A trailing line break is
 * removed.
 *
 * <p>Errors: {@code IllegalArgumentException} with {@code KEY: path (expected: ...)}, but never
 * with the contents of the file.
 */
public final class SecretFile {
  private static final int LIMIT_BYTES = 1 << 16;

  private SecretFile() {}

  /** Reads a file; blocks. */
  public static Secret read(String key, String path) {
    byte[] bytes = bytes(key, path);
    String line = line(decode(key, path, bytes));
    if (line.isEmpty() || line.chars().anyMatch(Character::isISOControl)) {
      throw Bounds.bad(key, path, "one line, without control characters");
    }
    return new Secret(line);
  }

  /** Reads a file of at most {@value #LIMIT_BYTES} bytes; blocks. */
  static byte[] bytes(String key, String path) {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(Path.of(path))) {
      bytes = in.readNBytes(LIMIT_BYTES + 1);
    } catch (NoSuchFileException missing) {
      throw Bounds.bad(key, path, "an existing file");
    } catch (IOException | InvalidPathException unreadable) {
      throw Bounds.bad(key, path, "a readable file");
    }
    if (bytes.length > LIMIT_BYTES) {
      throw Bounds.bad(key, path, "a file of at most " + LIMIT_BYTES + " bytes");
    }
    return bytes;
  }

  /** Returns the given secret, or that in the file if a path is set. Blocks if it reads a file. */
  static Secret of(Secret secret, String key, String path) {
    return path.isEmpty() ? secret : read(key, path);
  }

  /** Rejects two sources of one secret, and an unreadable file. */
  static void check(String secretKey, Secret secret, String fileKey, String path) {
    if (path.isEmpty()) {
      return;
    }
    if (!secret.isEmpty()) {
      throw Bounds.bad(fileKey, path, "\"\", because " + secretKey + " is set");
    }
    read(fileKey, path);
  }

  private static String decode(String key, String path, byte[] bytes) {
    try {
      // Unlike new String(bytes, UTF_8), this rejects malformed UTF-8.
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException notUtf8) {
      throw Bounds.bad(key, path, "UTF-8");
    }
  }

  /** Removes the line break that editors and {@code echo} add at the end. */
  private static String line(String text) {
    if (text.endsWith("\r\n")) {
      return text.substring(0, text.length() - 2);
    }
    return text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
  }
}
