package luna.sender.http;

import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.OpenSslServerSessionContext;
import io.netty.handler.ssl.ReferenceCountedOpenSslContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.TrustManagerFactory;
import luna.sender.config.ConfigException;
import luna.sender.config.TlsSettings;
import luna.sender.config.TlsSettings.Provider;
import org.jspecify.annotations.Nullable;

/**
 * A library that encrypts: BoringSSL, which Netty calls by the API of OpenSSL, or the JDK.
 *
 * <p>Why two: BoringSSL needs less CPU time for a handshake and for a delivery, most of all soon
 * after a start, when the JDK's code is not compiled. But its native code exists only for Linux
 * with glibc, on x86-64 and AArch64.
 */
enum TlsLibrary {
  /** Its contexts and engines are native memory, which reference counts release. */
  BORING_SSL(
      SslProvider.OPENSSL_REFCNT,
      SelectorFailureBehavior.NO_ADVERTISE,
      SelectedListenerFailureBehavior.ACCEPT),
  JDK(
      SslProvider.JDK,
      SelectorFailureBehavior.FATAL_ALERT,
      SelectedListenerFailureBehavior.FATAL_ALERT);

  /**
   * Cipher suites with forward secrecy and authenticated encryption, as in RFC 9325, section 4.2,
   * the preferred ones first.
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

  /** For how long a client may resume a session, if the key of its ticket still exists. */
  private static final Duration SESSION_TIMEOUT = Duration.ofHours(12);

  /**
   * Bytes of native memory of each connection, while it is open, for what BoringSSL has to send
   * when it was only asked to read: handshake messages, alerts, key updates. What does not fit
   * follows when BoringSSL is called again; Netty's default is 2048.
   */
  private static final int HANDSHAKE_BUFFER = 512;

  private final SslProvider provider;
  private final SelectorFailureBehavior noCommonProtocol;
  private final SelectedListenerFailureBehavior unknownProtocol;

  TlsLibrary(
      SslProvider provider,
      SelectorFailureBehavior noCommonProtocol,
      SelectedListenerFailureBehavior unknownProtocol) {
    this.provider = provider;
    this.noCommonProtocol = noCommonProtocol;
    this.unknownProtocol = unknownProtocol;
  }

  /** Returns why BoringSSL cannot be loaded, or null if it can. Loads it at the first call. */
  static @Nullable Throwable boringSslFailure() {
    return OpenSsl.unavailabilityCause();
  }

  /**
   * Returns the library that the setting selects.
   *
   * @param failure why BoringSSL cannot be loaded, or null if it can
   * @throws ConfigException if the configured library cannot be loaded
   */
  static TlsLibrary select(Provider setting, @Nullable Throwable failure) {
    if (setting == Provider.OPENSSL && failure != null) {
      throw new ConfigException(
          "LUNA_SENDER_HTTP_SETTINGS.TLS.PROVIDER: openssl (expected: auto or jdk, because"
              + " BoringSSL cannot be loaded: "
              + failure
              + ")");
    }
    return setting == Provider.JDK || failure != null ? JDK : BORING_SSL;
  }

  /** Returns whether a handshake's work should leave the event loop. */
  boolean needsWorkers(TlsSettings settings) {
    return switch (this) {
      // Only the verification of a client's certificate is a task that another thread can run.
      case BORING_SSL -> settings.clientAuth() != TlsSettings.ClientAuth.NONE;
      // A handshake takes about 1 ms of CPU, which would delay events on the event loop.
      case JDK -> true;
    };
  }

  /**
   * Creates a context with the certificate of the server.
   *
   * @param ticketKeys for session tickets; not used by the JDK, which has keys of its own
   * @throws ConfigException if the library does not support the certificate's key
   */
  SslContext context(TlsIdentity identity, TicketKeys ticketKeys) {
    SslContextBuilder builder =
        SslContextBuilder.forServer(identity.privateKey(), identity.chain())
            .sslProvider(provider)
            .ciphers(CIPHERS, SupportedCipherSuiteFilter.INSTANCE)
            .protocols(identity.versions())
            .clientAuth(
                switch (identity.settings().clientAuth()) {
                  case NONE -> ClientAuth.NONE;
                  case OPTIONAL -> ClientAuth.OPTIONAL;
                  case REQUIRED -> ClientAuth.REQUIRE;
                });
    if (identity.settings().http2()) {
      builder.applicationProtocolConfig(
          new ApplicationProtocolConfig(
              Protocol.ALPN,
              noCommonProtocol,
              unknownProtocol,
              ApplicationProtocolNames.HTTP_2,
              ApplicationProtocolNames.HTTP_1_1,
              "http/1.0"));
    }
    try {
      SslContext context = builder.trustManager(trusting(identity.clientAuthorities())).build();
      if (context.sessionContext() instanceof OpenSslServerSessionContext sessions) {
        // The client stores its session, in a ticket.
        sessions.setSessionCacheEnabled(false);
        sessions.setSessionIdContext(identity.sessionScope());
        sessions.setSessionTimeout((int) SESSION_TIMEOUT.toSeconds());
        sessions.setTicketKeys(ticketKeys.toNetty());
      }
      if (context instanceof ReferenceCountedOpenSslContext boringSsl) {
        boringSsl.setBioNonApplicationBufferSize(HANDSHAKE_BUFFER);
      }
      return context;
    } catch (GeneralSecurityException | IOException | IllegalArgumentException unsupported) {
      // Don't report the exception: its message may contain a part of the key.
      throw new ConfigException(
          "LUNA_SENDER_HTTP_SETTINGS.TLS.KEY_FILE: "
              + identity.settings().keyFile()
              + " (expected: a key that PROVIDER supports: RSA, or EC on P-256, P-384 or P-521)");
    }
  }

  /** Returns trust in these authorities only; by default, those of the JDK would be trusted. */
  private static TrustManagerFactory trusting(List<X509Certificate> authorities)
      throws GeneralSecurityException, IOException {
    KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
    trusted.load(null, null);
    for (X509Certificate authority : authorities) {
      trusted.setCertificateEntry(String.valueOf(trusted.size()), authority);
    }
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(trusted);
    return factory;
  }
}
