package luna.sender.cli.tail;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * The token of an operator: from a file that the user names, or from a variable.
 *
 * <p>Errors: as those of {@link TokenSource}.
 */
public final class OperatorToken {
  public static final String VARIABLE = "LUNA_SENDER_OPERATOR_TOKEN";

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description = "File with the operator's token, instead of " + VARIABLE + ".")
  private @Nullable String file;

  /** Returns the token, or null if there is none. */
  public @Nullable String read(Map<String, String> environment) {
    return TokenSource.of(file, VARIABLE, environment.getOrDefault(VARIABLE, "").strip()).read();
  }
}
