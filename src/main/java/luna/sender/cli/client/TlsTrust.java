package luna.sender.cli.client;

import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.net.ClientOptionsBase;
import io.vertx.core.net.PemTrustOptions;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import org.jspecify.annotations.Nullable;

/**
 * How the server's certificate is verified.
 *
 * <p>Errors: {@link IllegalArgumentException} with the name of the command-line option.
 *
 * @param caFile PEM file with the trusted authorities; null = those of the JVM
 * @param insecure whether any certificate is accepted
 */
public record TlsTrust(@Nullable String caFile, boolean insecure) {
  public static final TlsTrust OF_JVM = new TlsTrust(null, false);

  public TlsTrust {
    if (caFile != null && insecure) {
      throw new IllegalArgumentException(
          "--insecure: with --ca-file (expected: only one of the two)");
    }
    if (caFile != null && !hasCertificate(caFile)) {
      throw new IllegalArgumentException(
          "--ca-file: " + caFile + " (expected: a PEM file with the trusted authorities)");
    }
  }

  private static boolean hasCertificate(String file) {
    try (InputStream in = Files.newInputStream(Path.of(file))) {
      return !CertificateFactory.getInstance("X.509").generateCertificates(in).isEmpty();
    } catch (IOException | InvalidPathException | CertificateException unreadable) {
      return false;
    }
  }

  public void apply(WebSocketClientOptions options) {
    options.setVerifyHost(!insecure);
    applyTo(options);
  }

  public void apply(HttpClientOptions options) {
    options.setVerifyHost(!insecure);
    applyTo(options);
  }

  private void applyTo(ClientOptionsBase options) {
    options.setTrustAll(insecure);
    if (caFile != null) {
      options.setTrustOptions(new PemTrustOptions().addCertPath(caFile));
    }
  }
}
