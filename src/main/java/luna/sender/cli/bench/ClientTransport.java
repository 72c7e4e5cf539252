package luna.sender.cli.bench;

import io.vertx.core.Future;
import javax.net.ssl.SSLException;
import luna.sender.log.CauseText;

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
   * @param query a filter, or empty
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

    /**
     * @param body the body of the response
     */
    RefusedException(int status, String body) {
      super(body);
      this.status = status;
    }

    int status() {
      return status;
    }
  }
}
