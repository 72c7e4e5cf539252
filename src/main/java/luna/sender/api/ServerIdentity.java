package luna.sender.api;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.JdkSSLEngineOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import javax.net.ssl.X509KeyManager;
import luna.sender.config.ConfigException;
import luna.sender.config.PemFiles;
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
public record ServerIdentity(TlsSettings settings, Contents contents, Instant expires) {
  private static final String PATH = "LUNA_SENDER_HTTP_SETTINGS.TLS.";

  /** Far more than any chain; a wrong path may lead to something endless. */
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

  /** The files as they are, right or wrong; two are equal if their bytes are. */
  record Contents(Buffer certificate, Buffer key, @Nullable Buffer clientCa) {
    /** Reads the files; blocks. */
    static Contents read(TlsSettings settings) {
      return new Contents(
          file("CERT_FILE", settings.certFile()),
          file("KEY_FILE", settings.keyFile()),
          settings.clientAuth() == TlsSettings.ClientAuth.NONE
              ? null
              : file("CLIENT_CA_FILE", settings.clientCaFile()));
    }

    private static Buffer file(String key, String name) {
      try (InputStream in = Files.newInputStream(Path.of(name))) {
        byte[] bytes = in.readNBytes(FILE_LIMIT_BYTES + 1);
        if (bytes.length > FILE_LIMIT_BYTES) {
          throw bad(key, name, "a PEM file of at most " + FILE_LIMIT_BYTES + " bytes");
        }
        return Buffer.buffer(bytes);
      } catch (NoSuchFileException missing) {
        throw bad(key, name, "a file that is there");
      } catch (IOException unreadable) {
        throw bad(key, name, "a file that can be read");
      }
    }

    /** The contents are a key's: they go into no log by accident. */
    @Override
    public String toString() {
      return "Contents";
    }
  }

  /** Reads and checks the files; blocks. */
  public static ServerIdentity read(TlsSettings settings) {
    return of(settings, Contents.read(settings));
  }

  static ServerIdentity of(TlsSettings settings, Contents contents) {
    List<X509Certificate> chain =
        certificates("CERT_FILE", settings.certFile(), contents.certificate);
    requireChain(settings, chain);
    requireFit(settings, chain.get(0), privateKey(settings, chain.get(0), contents));
    if (contents.clientCa != null) {
      certificates("CLIENT_CA_FILE", settings.clientCaFile(), contents.clientCa);
    }
    Instant expires =
        chain.stream().map(c -> c.getNotAfter().toInstant()).min(Instant::compareTo).orElseThrow();
    return new ServerIdentity(settings, contents, expires);
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
      options.setTrustOptions(new PemTrustOptions().addCertValue(contents.clientCa));
    }
    return options;
  }

  private static PemKeyCertOptions keyCertOptions(Contents contents) {
    return new PemKeyCertOptions().setCertValue(contents.certificate).setKeyValue(contents.key);
  }

  private static List<X509Certificate> certificates(String key, String file, Buffer pem) {
    try {
      List<X509Certificate> certificates =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(pem.getBytes()))
              .stream()
              .map(X509Certificate.class::cast)
              .toList();
      if (!certificates.isEmpty()) {
        return certificates;
      }
    } catch (GeneralSecurityException unreadable) {
      // Told below, without what is in the file.
    }
    throw bad(key, file, "certificates in PEM");
  }

  /** The JDK would not take another order, nor say what it dislikes. */
  private static void requireChain(TlsSettings settings, List<X509Certificate> chain) {
    for (int i = 0; i + 1 < chain.size(); i++) {
      if (!chain.get(i).getIssuerX500Principal().equals(chain.get(i + 1).getSubjectX500Principal())
          || chain.get(i).equals(chain.get(i + 1))) {
        throw bad(
            "CERT_FILE",
            settings.certFile(),
            "the server's certificate first, and behind each the one that it was issued by");
      }
    }
  }

  /** The key as Vert.x reads it for the server too. */
  private static PrivateKey privateKey(
      TlsSettings settings, X509Certificate certificate, Contents contents) {
    PrivateKey key = null;
    try {
      // What is given by value needs no Vert.x to find files by.
      X509KeyManager keys =
          (X509KeyManager) keyCertOptions(contents).getKeyManagerFactory(null).getKeyManagers()[0];
      String[] aliases = keys.getServerAliases(certificate.getPublicKey().getAlgorithm(), null);
      key = aliases == null ? null : keys.getPrivateKey(aliases[0]);
    } catch (Exception unreadable) {
      // Its message may have a part of the key in it.
    }
    if (key == null) {
      throw bad(
          "KEY_FILE",
          settings.keyFile(),
          "a private key in PEM without a password, "
              + certificate.getPublicKey().getAlgorithm()
              + " as the certificate");
    }
    return key;
  }

  /** A key of another certificate would fail each handshake, and the start not. */
  private static void requireFit(
      TlsSettings settings, X509Certificate certificate, PrivateKey key) {
    if (!PemFiles.fit(certificate.getPublicKey(), key)) {
      throw bad(
          "KEY_FILE",
          settings.keyFile(),
          "the key of the first certificate in CERT_FILE, " + settings.certFile());
    }
  }

  private static ConfigException bad(String key, String file, String expected) {
    return new ConfigException(PATH + key + ": " + file + " (expected: " + expected + ")");
  }
}
