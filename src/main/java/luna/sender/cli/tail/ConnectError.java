package luna.sender.cli.tail;

import io.vertx.core.http.UpgradeRejectedException;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.net.ConnectException;
import java.net.UnknownHostException;
import javax.net.ssl.SSLException;
import luna.sender.log.PrintableText;

/** Why there is no connection, in words for people: the server's own where it has some. */
final class ConnectError {
  private static final int SHOWN_LENGTH = 500;

  private ConnectError() {}

  /** Of an answer that is not 101. */
  static String text(UpgradeRejectedException refusal) {
    String detail = detail(refusal);
    return "refused with HTTP "
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
      // A proxy's own page is no sentence.
      String text = refusal.getBody().toString().strip();
      return text.startsWith("<") || text.length() > SHOWN_LENGTH ? "" : text;
    }
  }

  /** Of a connection that did not come about. */
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
