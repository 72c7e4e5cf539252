package luna.sender.cli.bench;

import io.vertx.core.Future;
import javax.net.ssl.SSLException;
import luna.sender.log.CauseText;
import org.jspecify.annotations.Nullable;

/**
 * Opens the connections of the clients of one event loop.
 *
 * <p>Errors: {@link RefusedException} for a handshake that the server rejects.
 *
 * <p>Owner: confined to its event loop.
 */
interface ClientTransport {
  /**
   * Connects a client of an account.
   *
   * @param query a filter and parameters of the history, or empty
   */
  Future<ClientConnection> connect(String account, String query);

  /** Describes a failure other than {@link RefusedException}. */
  static String reason(Throwable failure) {
    return failure instanceof SSLException ? CauseText.innermost(failure) : CauseText.of(failure);
  }

  /** The server has rejected a handshake. */
  final class RefusedException extends Exception {
    private static final long serialVersionUID = 1;

    private final int status;
    private final @Nullable String retryAfter;

    /**
     * @param retryAfter the header of that name, or null
     * @param body the body of the response
     */
    RefusedException(int status, @Nullable String retryAfter, String body) {
      super(body);
      this.status = status;
      this.retryAfter = retryAfter;
    }

    @Nullable String retryAfter() {
      return retryAfter;
    }

    int status() {
      return status;
    }
  }
}
