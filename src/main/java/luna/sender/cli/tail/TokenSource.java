package luna.sender.cli.tail;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The source of the token: a file that is read for each connection, because tokens are renewed, or
 * a fixed text.
 *
 * <p>Errors: {@link IllegalArgumentException} with the name of the file, but never with its
 * contents.
 */
public final class TokenSource {
  public static final TokenSource NONE = new TokenSource(null, null);

  /** Far larger than any token. A wrong path may name an endless device. */
  private static final int LIMIT_BYTES = 1 << 16;

  private final @Nullable Path file;
  private final @Nullable String text;

  private TokenSource(@Nullable Path file, @Nullable String text) {
    this.file = file;
    this.text = text;
  }

  /**
   * @param source the name of the variable that has the text, for errors
   */
  public static TokenSource ofText(String source, String text) {
    return new TokenSource(null, checked(source, text));
  }

  /**
   * Returns the token of a file, or else of a variable.
   *
   * @param file an option of the user; null = none
   * @param text the value of the variable; empty = no token
   */
  public static TokenSource of(@Nullable String file, String variable, String text) {
    if (file != null) {
      return parseFile(Path.of(file));
    }
    return text.isEmpty() ? NONE : ofText(variable, text);
  }

  /** Reads the file once, so that a missing one is reported immediately. */
  public static TokenSource parseFile(Path file) {
    TokenSource token = new TokenSource(file, null);
    token.read();
    return token;
  }

  /** Reads the token from a stream, once. */
  public static TokenSource parseStream(InputStream in) {
    try {
      return new TokenSource(null, checked("--token-file: -", text(in)));
    } catch (IOException failure) {
      throw bad("--token-file: -", "a token on standard input");
    }
  }

  /** Returns the current token, or null for none. */
  public @Nullable String read() {
    if (file == null) {
      return text;
    }
    try (InputStream in = Files.newInputStream(file)) {
      return checked("--token-file: " + file, text(in));
    } catch (IOException failure) {
      throw bad("--token-file: " + file, "a readable file");
    }
  }

  private static String text(InputStream in) throws IOException {
    return new String(in.readNBytes(LIMIT_BYTES), StandardCharsets.UTF_8);
  }

  /** Rejects a token that is invalid in a header. The error can name the source here. */
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
