package luna.sender.config;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The file with the operators and their tokens.
 *
 * <p>Shape: one operator in each line: a name, the scopes ({@code read} or {@code read,close}) and
 * the token, separated by blanks. Empty lines and lines that begin with {@code #} are ignored. A
 * name has at most {@value #NAME_LIMIT} letters, digits and {@code . _ @ -}; a token has at least
 * {@value #TOKEN_MIN} visible ASCII characters.
 *
 * <p>Errors: {@code IllegalArgumentException} with {@code KEY: path, line n (expected: ...)}, but
 * never with the contents of the file.
 */
final class OperatorFile {
  private static final int NAME_LIMIT = 64;
  private static final int TOKEN_MIN = 32;

  private OperatorFile() {}

  /** Reads a file; blocks. */
  static List<Operator> read(String key, String path) {
    String text = new String(SecretFile.bytes(key, path), StandardCharsets.ISO_8859_1);
    List<Operator> operators = new ArrayList<>();
    Set<String> used = new HashSet<>();
    int number = 0;
    for (String line : text.split("\n", -1)) {
      number++;
      String content = line.strip();
      if (!content.isEmpty() && !content.startsWith("#")) {
        String place = path + ", line " + number;
        Operator operator = operator(key, place, content);
        if (!used.add("name " + operator.name()) || !used.add(operator.token().value())) {
          throw Bounds.bad(key, place, "a name and a token that no other line has");
        }
        operators.add(operator);
      }
    }
    return List.copyOf(operators);
  }

  private static Operator operator(String key, String place, String line) {
    List<String> parts = List.of(line.split("[ \t]+"));
    if (parts.size() != 3) {
      throw Bounds.bad(key, place, "name, scopes and token, separated by blanks");
    }
    String name = parts.get(0);
    if (name.length() > NAME_LIMIT || !name.chars().allMatch(OperatorFile::isNamePart)) {
      throw Bounds.bad(
          key, place, "a name of at most " + NAME_LIMIT + " letters, digits and . _ @ -");
    }
    String scopes = parts.get(1);
    if (!scopes.equals("read") && !scopes.equals("read,close")) {
      throw Bounds.bad(key, place, "the scopes read or read,close");
    }
    String token = parts.get(2);
    if (token.length() < TOKEN_MIN || !token.chars().allMatch(c -> c > ' ' && c <= '~')) {
      throw Bounds.bad(key, place, "a token of " + TOKEN_MIN + " or more visible ASCII characters");
    }
    return new Operator(name, scopes.endsWith("close"), new Secret(token));
  }

  private static boolean isNamePart(int c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || "._@-".indexOf(c) >= 0;
  }
}
