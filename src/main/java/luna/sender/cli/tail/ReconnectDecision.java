package luna.sender.cli.tail;

/**
 * Decides what to do after a close code, or after a response other than 101.
 *
 * <p>Source: the tables of close codes and of responses in {@code openapi.yaml}.
 *
 * @param next what to do
 * @param exitCode the exit code if the process ends here or must not reconnect
 * @param hint advice for the user; empty = none
 */
record ReconnectDecision(Next next, int exitCode, String hint) {
  /** What to do. */
  enum Next {
    /** Reconnect after a delay. */
    RECONNECT,
    /** Reconnect with a new token, if there is one. */
    NEW_TOKEN,
    /** Don't reconnect: the result would be the same. */
    STOP
  }

  static ReconnectDecision ofClose(int code) {
    return switch (code) {
      case 1002, 1003, 1007, 1008, 1009, 1010 ->
          new ReconnectDecision(Next.STOP, ExitCode.LOST, "the server does not accept this client");
      case 4008 ->
          new ReconnectDecision(
              Next.RECONNECT,
              ExitCode.LOST,
              "events arrived faster than they were read: use a stricter filter, or add slow=drop_oldest");
      case 4403 ->
          new ReconnectDecision(
              Next.STOP, ExitCode.LOST, "ask the operator of the service before you reconnect");
      case 4401 -> new ReconnectDecision(Next.NEW_TOKEN, ExitCode.REFUSED, "");
      default -> new ReconnectDecision(Next.RECONNECT, ExitCode.LOST, "");
    };
  }

  /**
   * @param first whether there has been no connection yet; then only responses that ask for a retry
   *     are retried
   */
  static ReconnectDecision ofStatus(int status, boolean first) {
    return switch (status) {
      case 400, 414, 431 -> new ReconnectDecision(Next.STOP, ExitCode.USAGE, "");
      case 401, 403 -> new ReconnectDecision(Next.STOP, ExitCode.REFUSED, "");
      case 429, 503 -> new ReconnectDecision(Next.RECONNECT, ExitCode.NOT_CONNECTED, "");
      case 404 ->
          new ReconnectDecision(
              first ? Next.STOP : Next.RECONNECT,
              ExitCode.NOT_CONNECTED,
              "check that the URL is that of a Luna Sender");
      default ->
          new ReconnectDecision(first ? Next.STOP : Next.RECONNECT, ExitCode.NOT_CONNECTED, "");
    };
  }
}
