package luna.sender.http;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.JdkSSLEngineOptions;
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
 * What the server proves itself with, and who vouches for clients: the contents of the files of
 * {@link TlsSettings}, found to fit each other.
 *
 * <p>Errors: {@link ConfigException} with the key's path, the file and what was expected; never
 * with what is in a file.
 *
 * <p>Owner: immutable.
 *
 * @param expires the end of the certificate, or of the one in its chain that ends first
 */
public record TlsIdentity(TlsSettings settings, Contents contents, Instant expires) {
  /** Far more than any chain. */
  private static final int FILE_LIMIT_BYTES = 1 << 20;

  /** Those with forward secrecy and authenticated encryption, as in RFC 9325, 4.2. */
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

  /** The files as they are, right or wrong; two are equal if their contents are. */
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

  /** Makes these the options of a server that speaks TLS and nothing else. */
  HttpServerOptions applyTo(HttpServerOptions options) {
    options
        .setSsl(true)
        // The upgrade to WebSocket is one of HTTP/1.1.
        .setUseAlpn(false)
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
                : Set.of("TLSv1.2", "TLSv1.3"))
        // A handshake is a millisecond of CPU, and events would wait for it on the event loop.
        .setSslEngineOptions(new JdkSSLEngineOptions().setUseWorkerThread(true));
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

  /** The JDK would not take another order, nor say what it dislikes. */
  private static void requireChain(PemFile file, List<X509Certificate> chain) {
    for (int i = 0; i + 1 < chain.size(); i++) {
      if (!chain.get(i).getIssuerX500Principal().equals(chain.get(i + 1).getSubjectX500Principal())
          || chain.get(i).equals(chain.get(i + 1))) {
        throw file.bad(
            "the server's certificate first, and behind each the one that it was issued by");
      }
    }
  }

  /** A key of another certificate would fail each handshake, and the start not. */
  private static void requireKey(Contents contents, X509Certificate certificate) {
    PrivateKey key = privateKey(contents, certificate);
    if (key == null) {
      throw contents.key.bad(
          "a private key in PEM without a password, "
              + certificate.getPublicKey().getAlgorithm()
              + " as the certificate");
    }
    if (!PemFile.fit(certificate.getPublicKey(), key)) {
      throw contents.key.bad(
          "the key of the first certificate in CERT_FILE, " + contents.certificate.path());
    }
  }

  /** The key as Vert.x reads it for the server too, or null. */
  private static @Nullable PrivateKey privateKey(Contents contents, X509Certificate certificate) {
    try {
      // What is given by value needs no Vert.x to find files by.
      X509KeyManager keys =
          (X509KeyManager) keyCertOptions(contents).getKeyManagerFactory(null).getKeyManagers()[0];
      String[] aliases = keys.getServerAliases(certificate.getPublicKey().getAlgorithm(), null);
      return aliases == null ? null : keys.getPrivateKey(aliases[0]);
    } catch (Exception unreadable) {
      // Its message may have a part of the key in it.
      return null;
    }
  }
}
