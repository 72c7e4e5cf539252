package luna.sender.bridge;

import io.vertx.redis.client.Response;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;

/**
 * Says why a connection was not made, in words that help who has to mend it.
 *
 * <p>Shape: what the innermost cause says; for TLS also what was expected of the certificate, for
 * the outer ones say no more than that a handshake failed.
 */
final class RedisErrors {
  private RedisErrors() {}

  /** Whether Redis itself answered so, and not the network or the client. */
  static boolean isAnswer(Throwable failure) {
    return failure instanceof Response && !isClosed(failure);
  }

  static String text(Throwable failure) {
    boolean tls = false;
    boolean dns = false;
    boolean late = false;
    Throwable innermost = failure;
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      tls |= cause instanceof SSLException;
      dns |= cause instanceof UnknownHostException;
      late |= cause instanceof TimeoutException;
      innermost = cause;
    }
    if (dns) {
      return "DNS: " + firstLine(failure);
    }
    if (late) {
      return "no answer within the timeout: " + innermost.getMessage();
    }
    if (!tls && isClosed(innermost)) {
      return "the peer closed the connection";
    }
    String words = String.valueOf(innermost.getMessage());
    if (innermost instanceof CertPathBuilderException
        || innermost instanceof CertPathValidatorException) {
      return "TLS: " + words + " (expected: a certificate that CA_FILE vouches for)";
    }
    if (innermost instanceof CertificateException) {
      return "TLS: " + words + " (expected: a certificate for this host, or VERIFY_HOSTNAME: 0)";
    }
    if (tls && words.contains("alert") && words.contains("certificate")) {
      return "TLS: " + words + " (expected: a CERT_FILE that the peer vouches for)";
    }
    return tls ? "TLS: " + words : words;
  }

  private static String firstLine(Throwable failure) {
    return String.valueOf(failure.getMessage()).lines().findFirst().orElse("");
  }

  /** The client's own word for a command that has lost its connection. */
  private static boolean isClosed(Throwable failure) {
    return "CONNECTION_CLOSED".equals(failure.getMessage())
        || failure instanceof ClosedChannelException;
  }
}
