package luna.sender.cli.tail;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where the token comes from: a file that is read at each connection, because whoever renews tokens
 * writes it anew, or a text that stays.
 *
 * <p>Errors: {@link IllegalArgumentException} that names the file, never what is in it.
 *
 * <p>Owner: immutable.
 */
public final class TokenSource {
  public static final TokenSource NONE = new TokenSource(null, null);

  /** Far more than a token; a wrong path may lead to something endless. */
  private static final int LIMIT_BYTES = 1 << 16;

  private final @Nullable Path file;
  private final @Nullable String text;

  private TokenSource(@Nullable Path file, @Nullable String text) {
    this.file = file;
    this.text = text;
  }

  public static TokenSource ofText(String text) {
    return new TokenSource(null, checked("LUNA_SENDER_TOKEN", text));
  }

  /** Reads it now, for what it may say of a file that is not there. */
  public static TokenSource parseFile(Path file) {
    TokenSource token = new TokenSource(file, null);
    token.read();
    return token;
  }

  /** What stands on a stream, once. */
  public static TokenSource parseStream(InputStream in) {
    try {
      return new TokenSource(null, checked("--token-file: -", text(in)));
    } catch (IOException failure) {
      throw bad("--token-file: -", "a token on standard input");
    }
  }

  /** The token as it is now, or null for none. */
  @Nullable String read() {
    if (file == null) {
      return text;
    }
    try (InputStream in = Files.newInputStream(file)) {
      return checked("--token-file: " + file, text(in));
    } catch (IOException failure) {
      throw bad("--token-file: " + file, "a file that can be read");
    }
  }

  private static String text(InputStream in) throws IOException {
    return new String(in.readNBytes(LIMIT_BYTES), StandardCharsets.UTF_8);
  }

  /** What could not stand in a header is refused here, where its source can be named. */
  private static String checked(String source, String given) {
    String token = given.strip();
    if (!token.matches("[\\x21-\\x7e]+")) {
      throw bad(source, "one token, in visible ASCII characters");
    }
    return token;
  }

  private static IllegalArgumentException bad(String source, String expected) {
    return new IllegalArgumentException(source + " (expected: " + expected + ")");
  }
}
