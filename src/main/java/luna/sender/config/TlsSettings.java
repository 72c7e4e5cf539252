package luna.sender.config;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.UpperSnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.time.Duration;
import java.util.Locale;

/**
 * TLS on the HTTP server's port.
 *
 * <p>Shape: files are PEM.
 *
 * <p>Owner: immutable.
 *
 * @param certFile the server's certificate first, then those that it was issued by
 * @param clientCaFile authorities that clients' certificates are issued by; empty = none
 * @param reloadInterval between two looks for changed files; zero = never
 */
@JsonNaming(UpperSnakeCaseStrategy.class)
public record TlsSettings(
    boolean enabled,
    String certFile,
    String keyFile,
    String clientCaFile,
    ClientAuth clientAuth,
    MinVersion minVersion,
    Duration reloadInterval) {
  public TlsSettings {
    if (enabled) {
      Bounds.notEmpty("CERT_FILE", certFile);
      Bounds.notEmpty("KEY_FILE", keyFile);
    }
    if (clientAuth != ClientAuth.NONE && clientCaFile.isBlank()) {
      throw Bounds.bad("CLIENT_CA_FILE", "\"\"", "a file, because CLIENT_AUTH is " + clientAuth);
    }
    Bounds.delay("RELOAD_INTERVAL", reloadInterval);
  }

  /** Whether a client has to show a certificate. One that is shown is always checked. */
  public enum ClientAuth {
    NONE,
    OPTIONAL,
    REQUIRED;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** The oldest version of TLS that is spoken; 1.3 always is. */
  public enum MinVersion {
    V1_2("TLSv1.2"),
    V1_3("TLSv1.3");

    private final String text;

    MinVersion(String text) {
      this.text = text;
    }

    @Override
    public String toString() {
      return text;
    }
  }
}
