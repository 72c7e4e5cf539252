package luna.sender.http;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import javax.net.ssl.X509KeyManager;
import luna.sender.config.ConfigException;
import luna.sender.config.PemFile;
import luna.sender.config.TlsSettings;
import org.jspecify.annotations.Nullable;

/**
 * The server's certificate and key, and the authorities for client certificates: the contents of
 * the files in {@link TlsSettings}, checked for consistency.
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
   * Cipher suites with forward secrecy and authenticated encryption, as in RFC 9325, section 4.2.
   */
  private static final List<String> CIPHERS =
      List.of(
          "TLS_AES_128_GCM_SHA256",
          "TLS_AES_256_GCM_SHA384",
          "TLS_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");

  /**
   * The raw contents of the files, valid or not. Two instances are equal if their contents are
   * equal.
   */
  record Contents(PemFile certificate, PemFile key, @Nullable PemFile clientCa) {
    /** Reads the files; blocks. */
    static Contents read(TlsSettings settings) {
      try {
        return new Contents(
            file("CERT_FILE", settings.certFile()),
            file("KEY_FILE", settings.keyFile()),
            settings.clientAuth() == TlsSettings.ClientAuth.NONE
                ? null
                : file("CLIENT_CA_FILE", settings.clientCaFile()));
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
    options
        .setSsl(true)
        // Clients that open a WebSocket offer only HTTP/1.1, because HTTP/2 has no upgrades.
        .setUseAlpn(settings.http2())
        .setAlpnVersions(List.of(HttpVersion.HTTP_2, HttpVersion.HTTP_1_1, HttpVersion.HTTP_1_0))
        .setKeyCertOptions(keyCertOptions(contents))
        .setClientAuth(
            switch (settings.clientAuth()) {
              case NONE -> ClientAuth.NONE;
              case OPTIONAL -> ClientAuth.REQUEST;
              case REQUIRED -> ClientAuth.REQUIRED;
            })
        .setEnabledSecureTransportProtocols(
            settings.minVersion() == TlsSettings.MinVersion.V1_3
                ? Set.of("TLSv1.3")
                : Set.of("TLSv1.2", "TLSv1.3"));
    CIPHERS.forEach(options::addEnabledCipherSuite);
    if (contents.clientCa != null) {
      options.setTrustOptions(new PemTrustOptions().addCertValue(buffer(contents.clientCa)));
    }
    return options;
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
