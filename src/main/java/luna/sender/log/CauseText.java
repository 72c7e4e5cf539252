package luna.sender.log;

import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/** Describes a failure by the message of its exception, or by its class if it has no message. */
public final class CauseText {
  private CauseText() {}

  /** Describes a failure. Skips the exceptions in which futures wrap it. */
  public static String of(Throwable failure) {
    Throwable cause = failure;
    while (isWrapper(cause) && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return text(cause);
  }

  /** Describes the innermost cause. For a failed TLS handshake, only that one is specific. */
  public static String innermost(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return text(cause);
  }

  private static boolean isWrapper(Throwable failure) {
    return failure instanceof ExecutionException || failure instanceof CompletionException;
  }

  private static String text(Throwable failure) {
    String message = failure.getMessage();
    return message == null ? failure.toString() : message;
  }
}
