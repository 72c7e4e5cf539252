package luna.sender.cli.client;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/**
 * The options {@code --ca-file} and {@code --insecure} of a command that connects to nodes.
 *
 * <p>Errors: {@link ParameterException} with the option.
 */
public final class TrustOptions {
  @Spec(Target.MIXEE)
  private CommandSpec command = CommandSpec.create();

  @Option(
      names = "--ca-file",
      paramLabel = "FILE",
      description = "PEM file with trusted authorities (default: those of the JVM).")
  private @Nullable String caFile;

  @Option(
      names = {"-k", "--insecure"},
      description = "Accepts any server certificate. An attacker could read the traffic.")
  private boolean insecure;

  /** Returns how certificates are verified. */
  public TlsTrust trust() {
    try {
      return new TlsTrust(caFile, insecure);
    } catch (IllegalArgumentException invalid) {
      throw new ParameterException(command.commandLine(), invalid.getMessage());
    }
  }
}
