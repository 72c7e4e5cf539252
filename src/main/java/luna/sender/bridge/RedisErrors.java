package luna.sender.bridge;

import io.vertx.redis.client.Response;
import java.io.IOException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import luna.sender.log.CauseText;

/**
 * Describes why a connection failed, so that an operator can fix the cause.
 *
 * <p>How: the message of the innermost cause, because the outer ones of TLS only report a failed
 * handshake. For a certificate failure of TLS, it adds which certificate was expected.
 */
public final class RedisErrors {
  private static final String CLOSED = "CONNECTION_CLOSED";

  private RedisErrors() {}

  /**
   * Returns why a batch failed. The client reports an error of Redis, with a line for each failed
   * command, also if the connection was lost. This returns that the connection was lost if the
   * first failed command has no answer.
   */
  static Throwable ofBatch(Throwable failure) {
    String first = firstLine(failure);
    int index = first.indexOf("] ");
    if (!(failure instanceof Response) || !first.startsWith("ERR [") || index < 0) {
      return failure;
    }
    String cause = first.substring(index + 2);
    if (cause.equals(CLOSED) || cause.endsWith("ClosedChannelException")) {
      return new ClosedChannelException();
    }
    return isException(cause) ? new IOException(cause) : failure;
  }

  /** Returns whether a text begins with the name of a Java class, as no error of Redis does. */
  private static boolean isException(String text) {
    int end = text.indexOf(": ");
    String name = end < 0 ? text : text.substring(0, end);
    return name.indexOf('.') > 0
        && name.chars().allMatch(c -> c == '.' || Character.isJavaIdentifierPart(c));
  }

  /** Returns whether the failure is an answer of Redis, and not of the network or the client. */
  public static boolean isAnswer(Throwable failure) {
    return failure instanceof Response && !isClosed(failure);
  }

  public static String text(Throwable failure) {
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
      return "no answer within the timeout: " + CauseText.of(innermost);
    }
    if (!tls && isClosed(innermost)) {
      return "the peer closed the connection";
    }
    // The failure of a batch has a line for each command.
    String message = innermost instanceof Response ? firstLine(innermost) : CauseText.of(innermost);
    if (innermost instanceof CertPathBuilderException
        || innermost instanceof CertPathValidatorException) {
      return "TLS: " + message + " (expected: a certificate issued by a CA in CA_FILE)";
    }
    if (innermost instanceof CertificateException) {
      return "TLS: " + message + " (expected: a certificate for this host, or VERIFY_HOSTNAME: 0)";
    }
    if (tls && message.contains("alert") && message.contains("certificate")) {
      return "TLS: " + message + " (expected: a CERT_FILE that the peer trusts)";
    }
    return tls ? "TLS: " + message : message;
  }

  private static String firstLine(Throwable failure) {
    return CauseText.of(failure).lines().findFirst().orElse("");
  }

  /** Returns whether the client reports a closed connection. */
  static boolean isClosed(Throwable failure) {
    return CLOSED.equals(failure.getMessage())
        || "Connection is closed".equals(failure.getMessage())
        || failure instanceof ClosedChannelException;
  }
}
