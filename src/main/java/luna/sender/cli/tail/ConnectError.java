package luna.sender.cli.tail;

import io.vertx.core.http.UpgradeRejectedException;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.net.ConnectException;
import java.net.UnknownHostException;
import javax.net.ssl.SSLException;
import luna.sender.log.PrintableText;

/** Describes failed connections, with the server's own message if it sent one. */
final class ConnectError {
  private static final int SHOWN_LENGTH = 500;

  private ConnectError() {}

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
    try {
      return new JsonObject(refusal.getBody()).getString("detail", "");
    } catch (DecodeException | ClassCastException notOurs) {
      // The error page of a proxy is not a message.
      String text = refusal.getBody().toString().strip();
      return text.startsWith("<") || text.length() > SHOWN_LENGTH ? "" : text;
    }
  }

  /** Describes a failed connection attempt. */
  static String reason(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null
        && (root instanceof ConnectException || root instanceof SSLException)) {
      root = root.getCause();
    }
    String message = root.getMessage() == null ? root.toString() : root.getMessage();
    if (root instanceof UnknownHostException) {
      return "unknown host";
    }
    return PrintableText.of(message.lines().findFirst().orElse(message));
  }
}
