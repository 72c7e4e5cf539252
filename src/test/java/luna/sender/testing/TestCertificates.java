package luna.sender.testing;

import static luna.sender.testing.Waiting.PATIENCE;

import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.CertificateBuilder.Algorithm;
import io.netty.pkitesting.CertificateBuilder.KeyUsage;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * Authorities, certificates and keys that are made in the test, and their PEM files.
 *
 * <p>Owner: immutable.
 */
public final class TestCertificates {
  /** Four times as fast as AES in a JVM without C2, which has no intrinsics for AES. */
  static final String FAST_CIPHER_SUITE = "TLS_CHACHA20_POLY1305_SHA256";

  private TestCertificates() {}

  public static X509Bundle authority(String name) {
    return authority(name, Duration.ofDays(365));
  }

  public static X509Bundle authority(String name, Duration left) {
    return make(
        () ->
            new CertificateBuilder()
                .subject("CN=" + name)
                .notBefore(Instant.now().minus(Duration.ofDays(1)))
                .notAfter(Instant.now().plus(left))
                .setIsCertificateAuthority(true)
                .setKeyUsage(true, KeyUsage.keyCertSign, KeyUsage.cRLSign)
                .algorithm(Algorithm.ecp256)
                .buildSelfSigned());
  }

  /** For a server on loopback. */
  public static X509Bundle server(X509Bundle authority, String name) {
    return server(authority, name, Algorithm.ecp256, Duration.ofDays(90));
  }

  public static X509Bundle server(
      X509Bundle authority, String name, Algorithm algorithm, Duration left) {
    return make(
        () ->
            new CertificateBuilder()
                .subject("CN=" + name)
                .algorithm(algorithm)
                .notBefore(Instant.now().minus(Duration.ofDays(1)))
                .notAfter(Instant.now().plus(left))
                .addSanDnsName("localhost")
                .addSanIpAddress("127.0.0.1")
                .setKeyUsage(true, KeyUsage.digitalSignature)
                .addExtendedKeyUsageServerAuth()
                .buildIssuedBy(authority));
  }

  /** For a server on loopback that connects to others with the same certificate. */
  public static X509Bundle node(X509Bundle authority, String name) {
    return make(
        () ->
            new CertificateBuilder()
                .subject("CN=" + name)
                .algorithm(Algorithm.ecp256)
                .addSanIpAddress("127.0.0.1")
                .setKeyUsage(true, KeyUsage.digitalSignature)
                .addExtendedKeyUsageServerAuth()
                .addExtendedKeyUsageClientAuth()
                .buildIssuedBy(authority));
  }

  public static X509Bundle client(X509Bundle authority, String name) {
    return make(
        () ->
            new CertificateBuilder()
                .subject("CN=" + name)
                .algorithm(Algorithm.ecp256)
                .setKeyUsage(true, KeyUsage.digitalSignature)
                .addExtendedKeyUsageClientAuth()
                .buildIssuedBy(authority));
  }

  /** A client's side of TLS: whom it trusts, and what it shows if it is asked. */
  public static SSLContext trusting(X509Bundle authority, @Nullable X509Bundle own) {
    return make(
        () ->
            context(
                own == null ? new KeyManager[0] : own.toKeyManagerFactory().getKeyManagers(),
                authority.toTrustManager()));
  }

  /** The same with a client that shows its own whatever authority the server asks for. */
  public static SSLContext showing(X509Bundle authority, @Nullable X509Bundle own) {
    return own == null
        ? trusting(authority, null)
        : make(() -> context(new KeyManager[] {new Stubborn(own)}, authority.toTrustManager()));
  }

  /** Returns a context that accepts any certificate under any name. */
  public static SSLContext trustingAll() {
    TrustManager all = InsecureTrustManagerFactory.INSTANCE.getTrustManagers()[0];
    return make(() -> context(new KeyManager[0], all));
  }

  private static SSLContext context(KeyManager[] own, TrustManager trusted)
      throws GeneralSecurityException {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(own, new TrustManager[] {trusted}, null);
    return context;
  }

  /** Connects to a server on loopback; the handshake follows with the first byte. */
  public static SSLSocket connect(SSLContext context, int port) throws IOException {
    SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", port);
    socket.setSoTimeout((int) PATIENCE.toMillis());
    return socket;
  }

  /** Starts TLS on a connection to a server on loopback, with a fast cipher suite. */
  public static Socket encrypted(SSLContext context, Socket plain) throws IOException {
    SSLSocket socket =
        (SSLSocket)
            context.getSocketFactory().createSocket(plain, "127.0.0.1", plain.getPort(), true);
    socket.setEnabledCipherSuites(new String[] {FAST_CIPHER_SUITE});
    return socket;
  }

  private static final class Stubborn extends X509ExtendedKeyManager {
    private final X509Bundle own;

    Stubborn(X509Bundle own) {
      this.own = own;
    }

    @Override
    public String[] getClientAliases(String keyType, Principal[] issuers) {
      return new String[] {"own"};
    }

    @Override
    public @Nullable String chooseClientAlias(
        String[] keyTypes, Principal[] issuers, Socket socket) {
      return Arrays.asList(keyTypes).contains("EC") ? "own" : null;
    }

    @Override
    public String[] getServerAliases(String keyType, Principal[] issuers) {
      return new String[0];
    }

    @Override
    public @Nullable String chooseServerAlias(String keyType, Principal[] issuers, Socket socket) {
      return null;
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
      return own.getCertificatePath();
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
      return own.getKeyPair().getPrivate();
    }
  }

  /** A folder for PEM files, which is removed at the end of the process. */
  public static Path folder() {
    try {
      Path folder = Files.createTempDirectory("luna-sender-tls");
      folder.toFile().deleteOnExit();
      return folder;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** A new folder with the certificate and the key of a server, for {@link #settings(Path)}. */
  public static Path serverFolder() {
    Path folder = folder();
    write(folder, "server", server(authority("authority"), "server"));
    return folder;
  }

  /** Writes {@code name.crt}, the chain, and {@code name.key}. */
  public static void write(Path folder, String name, X509Bundle bundle) {
    write(folder.resolve(name + ".crt"), bundle.getCertificatePathPEM());
    write(folder.resolve(name + ".key"), bundle.getPrivateKeyPEM());
  }

  /** Returns the settings of a service that uses {@code server.crt} and {@code server.key}. */
  public static Map<String, String> settings(Path folder) {
    return Map.of(
        "LUNA_SENDER_HTTP_SETTINGS__TLS__ENABLED",
        "1",
        "LUNA_SENDER_HTTP_SETTINGS__TLS__CERT_FILE",
        folder.resolve("server.crt").toString(),
        "LUNA_SENDER_HTTP_SETTINGS__TLS__KEY_FILE",
        folder.resolve("server.key").toString());
  }

  /** Returns the same and more settings, each as {@code NAME=value} for a {@link Service}. */
  public static String[] settings(Path folder, String... more) {
    return Stream.concat(
            settings(folder).entrySet().stream().map(each -> each.getKey() + "=" + each.getValue()),
            Stream.of(more))
        .toArray(String[]::new);
  }

  /** Puts a whole file into the place of the one that is there. */
  public static Path write(Path file, String text) {
    try {
      Path whole = Files.writeString(Path.of(file + ".new"), text);
      Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE);
      file.toFile().deleteOnExit();
      return file;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private interface Making<T> {
    T make() throws Exception;
  }

  private static <T> T make(Making<T> making) {
    try {
      return making.make();
    } catch (Exception failure) {
      throw new AssertionError(failure);
    }
  }
}
