package luna.sender.config;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.UpperSnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.time.Duration;
import java.util.Locale;

/**
 * Settings of TLS on the HTTP server's port.
 *
 * <p>Shape: files are PEM.
 *
 * @param certFile the server's certificate first, then the certificates of its issuers
 * @param clientCaFile authorities that issue client certificates; empty = none
 * @param http2 whether clients may choose HTTP/2
 * @param ticketKeysFile keys of session tickets, which several nodes share, not PEM; empty = keys
 *     of this process
 * @param reloadInterval time between two checks for changed files; zero = never
 */
@JsonNaming(UpperSnakeCaseStrategy.class)
public record TlsSettings(
    boolean enabled,
    Provider provider,
    String certFile,
    String keyFile,
    String clientCaFile,
    ClientAuth clientAuth,
    MinVersion minVersion,
    boolean http2,
    String ticketKeysFile,
    Duration reloadInterval) {
  public TlsSettings {
    if (enabled) {
      Bounds.notEmpty("CERT_FILE", certFile);
      Bounds.notEmpty("KEY_FILE", keyFile);
    }
    if (clientAuth != ClientAuth.NONE && clientCaFile.isBlank()) {
      throw Bounds.bad("CLIENT_CA_FILE", "\"\"", "a file, because CLIENT_AUTH is " + clientAuth);
    }
    if (provider == Provider.JDK && !ticketKeysFile.isEmpty()) {
      throw Bounds.bad(
          "TICKET_KEYS_FILE",
          ticketKeysFile,
          "\"\", because PROVIDER is jdk, whose keys cannot be shared");
    }
    Bounds.delay("RELOAD_INTERVAL", reloadInterval);
  }

  /**
   * The library that encrypts. {@code AUTO} selects OpenSSL's API, BoringSSL, if it can be loaded.
   */
  public enum Provider {
    AUTO,
    OPENSSL,
    JDK;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Whether a client must present a certificate. A presented certificate is always verified. */
  public enum ClientAuth {
    NONE,
    OPTIONAL,
    REQUIRED;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** The minimum version of TLS. 1.3 is always supported. */
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
