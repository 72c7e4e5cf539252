package luna.sender.http;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.PemKeyCertOptions;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.X509KeyManager;
import luna.sender.config.ConfigException;
import luna.sender.config.PemFile;
import luna.sender.config.TlsSettings;
import org.jspecify.annotations.Nullable;

/**
 * The server's certificate and key, the authorities for client certificates, and the keys of
 * session tickets: the contents of the files in {@link TlsSettings}, checked for consistency.
 *
 * <p>Errors: {@link ConfigException} with the configuration key, the file and what was expected,
 * but never with the contents of a file.
 *
 * @param expires the earliest expiry in the certificate chain
 */
public record TlsIdentity(TlsSettings settings, Contents contents, Instant expires) {
  /** Far larger than any certificate chain. */
  private static final int FILE_LIMIT_BYTES = 1 << 20;

  /**
   * The raw contents of the files, valid or not. Two instances are equal if their contents are
   * equal.
   */
  record Contents(
      PemFile certificate,
      PemFile key,
      @Nullable PemFile clientCa,
      @Nullable TicketKeys ticketKeys) {
    /** Reads the files; blocks. */
    static Contents read(TlsSettings settings) {
      try {
        return new Contents(
            file("CERT_FILE", settings.certFile()),
            file("KEY_FILE", settings.keyFile()),
            settings.clientAuth() == TlsSettings.ClientAuth.NONE
                ? null
                : file("CLIENT_CA_FILE", settings.clientCaFile()),
            settings.ticketKeysFile().isEmpty()
                ? null
                : TicketKeys.read(settings.ticketKeysFile()));
      } catch (IllegalArgumentException unreadable) {
        throw new ConfigException(String.valueOf(unreadable.getMessage()));
      }
    }

    private static PemFile file(String key, String name) {
      return PemFile.read("LUNA_SENDER_HTTP_SETTINGS.TLS." + key, name, FILE_LIMIT_BYTES);
    }
  }

  /** Reads and checks the files; blocks. */
  public static TlsIdentity read(TlsSettings settings) {
    return of(settings, Contents.read(settings));
  }

  static TlsIdentity of(TlsSettings settings, Contents contents) {
    try {
      List<X509Certificate> chain = contents.certificate.certificates();
      requireChain(contents.certificate, chain);
      requireKey(contents, chain.get(0));
      if (contents.clientCa != null) {
        contents.clientCa.certificates();
      }
      Instant expires =
          chain.stream()
              .map(c -> c.getNotAfter().toInstant())
              .min(Instant::compareTo)
              .orElseThrow();
      return new TlsIdentity(settings, contents, expires);
    } catch (IllegalArgumentException unusable) {
      throw new ConfigException(String.valueOf(unusable.getMessage()));
    }
  }

  /** Configures a server that accepts TLS only. */
  HttpServerOptions applyTo(HttpServerOptions options) {
    return options
        .setSsl(true)
        // Clients that open a WebSocket offer only HTTP/1.1, because HTTP/2 has no upgrades.
        .setUseAlpn(settings.http2())
        .setAlpnVersions(List.of(HttpVersion.HTTP_2, HttpVersion.HTTP_1_1, HttpVersion.HTTP_1_0))
        // Vert.x requires a key, and sets the versions on each engine.
        .setKeyCertOptions(keyCertOptions(contents))
        .setEnabledSecureTransportProtocols(new LinkedHashSet<>(versions()));
  }

  /** Returns the versions of TLS that clients may choose. */
  List<String> versions() {
    return settings.minVersion() == TlsSettings.MinVersion.V1_3
        ? List.of("TLSv1.3")
        : List.of("TLSv1.2", "TLSv1.3");
  }

  /** Returns the server's certificate and those of its issuers. */
  X509Certificate[] chain() {
    return contents.certificate.certificates().toArray(X509Certificate[]::new);
  }

  PrivateKey privateKey() {
    return Objects.requireNonNull(privateKey(contents, contents.certificate.certificates().get(0)));
  }

  /** Returns the keys of session tickets in the file; null without a file. */
  @Nullable TicketKeys ticketKeys() {
    return contents.ticketKeys;
  }

  /**
   * Returns a hash of what a client's certificate was verified by. A session is resumed only under
   * the same conditions, because its client is not verified again.
   */
  byte[] sessionScope() {
    try {
      return MessageDigest.getInstance("SHA-256")
          .digest(
              (settings.clientAuth() + (contents.clientCa == null ? "" : contents.clientCa.text()))
                  .getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /**
   * Returns the authorities that issue client certificates; none if clients show no certificate.
   */
  List<X509Certificate> clientAuthorities() {
    return contents.clientCa == null ? List.of() : contents.clientCa.certificates();
  }

  private static PemKeyCertOptions keyCertOptions(Contents contents) {
    return new PemKeyCertOptions()
        .setCertValue(buffer(contents.certificate))
        .setKeyValue(buffer(contents.key));
  }

  private static Buffer buffer(PemFile file) {
    return Buffer.buffer(file.bytes());
  }

  /** Checks the order of the chain. The JDK rejects any other order without a useful message. */
  private static void requireChain(PemFile file, List<X509Certificate> chain) {
    for (int i = 0; i + 1 < chain.size(); i++) {
      if (!chain.get(i).getIssuerX500Principal().equals(chain.get(i + 1).getSubjectX500Principal())
          || chain.get(i).equals(chain.get(i + 1))) {
        throw file.bad(
            "the server's certificate first, and after each certificate that of its issuer");
      }
    }
  }

  /**
   * Checks that the key belongs to the certificate. Otherwise the service would start, but every
   * handshake would fail.
   */
  private static void requireKey(Contents contents, X509Certificate certificate) {
    PrivateKey key = privateKey(contents, certificate);
    if (key == null) {
      throw contents.key.bad(
          "an unencrypted PEM private key of type "
              + certificate.getPublicKey().getAlgorithm()
              + ", like the certificate");
    }
    if (!PemFile.fit(certificate.getPublicKey(), key)) {
      throw contents.key.bad(
          "the key of the first certificate in CERT_FILE, " + contents.certificate.path());
    }
  }

  /** Returns the key as Vert.x reads it for the server, or null if it is unreadable. */
  private static @Nullable PrivateKey privateKey(Contents contents, X509Certificate certificate) {
    try {
      // No Vert.x instance is needed, because the options contain values and no paths.
      X509KeyManager keys =
          (X509KeyManager) keyCertOptions(contents).getKeyManagerFactory(null).getKeyManagers()[0];
      String[] aliases = keys.getServerAliases(certificate.getPublicKey().getAlgorithm(), null);
      return aliases == null ? null : keys.getPrivateKey(aliases[0]);
    } catch (Exception unreadable) {
      // Don't report the exception: its message may contain a part of the key.
      return null;
    }
  }
}
