package luna.sender.cli.bench;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import luna.sender.cli.client.TlsTrust;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * The options of {@link BenchCommand} that define its connections.
 *
 * <p>Errors: {@link IllegalArgumentException} with the name of the option.
 *
 * <p>Owner: one thread.
 */
final class ConnectOptions {
  private static final int DEFAULT_RATE = 1000;
  private static final Pattern RATE = Pattern.compile("(\\d{1,9})(/s)?");

  @Option(
      names = {"-u", "--url"},
      paramLabel = "URL",
      defaultValue = "ws://127.0.0.1:5080/2/ws",
      description =
          "URL of the server: ws or wss opens WebSockets; http or https receives Server-Sent"
              + " Events, from the path /2/events (default: ${DEFAULT-VALUE}).")
  private String url = "";

  @Option(
      names = {"--ca-file", "--ca"},
      paramLabel = "FILE",
      description = "PEM file with trusted authorities (default: those of the JVM).")
  private @Nullable String caFile;

  @Option(
      names = {"-k", "--insecure"},
      description = "Accepts any server certificate.")
  private boolean insecure;

  @Option(
      names = "--http2-streams",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "With an https URL: streams on each HTTP/2 connection; 0 = HTTP/1.1, a connection for"
              + " each (default: ${DEFAULT-VALUE}).")
  private int streamsPerConnection;

  @Option(
      names = {"-c", "--connections"},
      paramLabel = "N",
      defaultValue = "100",
      description = "Number of clients (default: ${DEFAULT-VALUE}).")
  private int connections;

  @Option(
      names = {"-C", "--ramp", "--connect-rate"},
      paramLabel = "N/s",
      description = "Maximum handshakes per second, such as 500/s (default: 1000/s).")
  private @Nullable String rate;

  URI url() {
    try {
      return new URI(url);
    } catch (URISyntaxException failure) {
      throw new IllegalArgumentException("--url: " + url + " (expected: a URL)");
    }
  }

  TlsTrust trust() {
    return new TlsTrust(caFile, insecure);
  }

  int streamsPerConnection() {
    return streamsPerConnection;
  }

  int connections() {
    return connections;
  }

  /** Returns whether the user has set the rate of handshakes. */
  boolean isPaced() {
    return rate != null;
  }

  /** Returns the maximum number of handshakes per second. */
  int rate() {
    if (rate == null) {
      return DEFAULT_RATE;
    }
    Matcher matcher = RATE.matcher(rate);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "--ramp or --connect-rate: "
              + rate
              + " (expected: handshakes per second, such as 500/s)");
    }
    return Integer.parseInt(matcher.group(1));
  }
}
