package luna.sender.cli.tail;

import io.vertx.core.http.UpgradeRejectedException;
import java.net.UnknownHostException;
import luna.sender.cli.client.ErrorDetail;
import luna.sender.log.CauseText;
import luna.sender.log.PrintableText;

/** Describes failed connections, with the server's own message if it sent one. */
public final class ConnectError {
  private static final int SHOWN_LENGTH = 500;

  private ConnectError() {}

  /** Describes a response other than 101, or a failed connection attempt. */
  public static String describe(Throwable failure) {
    return failure instanceof UpgradeRejectedException refusal ? text(refusal) : reason(failure);
  }

  /** Describes a response other than 101. */
  static String text(UpgradeRejectedException refusal) {
    String detail = detail(refusal);
    return "rejected with HTTP "
        + refusal.getStatus()
        + (detail.isEmpty() ? "" : ": " + PrintableText.of(detail));
  }

  private static String detail(UpgradeRejectedException refusal) {
    if (refusal.getBody() == null) {
      return "";
    }
    String body = refusal.getBody().toString();
    String detail = ErrorDetail.of(body);
    if (detail != null) {
      return detail;
    }
    // The error page of a proxy is not a message.
    String text = body.strip();
    return text.startsWith("<") || text.length() > SHOWN_LENGTH ? "" : text;
  }

  /** Describes a failed connection attempt. */
  static String reason(Throwable failure) {
    if (failure instanceof UnknownHostException) {
      return "unknown host";
    }
    String text = CauseText.innermost(failure);
    return PrintableText.of(text.lines().findFirst().orElse(text));
  }
}
