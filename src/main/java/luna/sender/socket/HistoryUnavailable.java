package luna.sender.socket;

/**
 * Signals that the history could not be read for a client.
 *
 * <p>Why it has no stack trace: clients can trigger it at will.
 */
public final class HistoryUnavailable extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final boolean busy;

  HistoryUnavailable(String message, boolean busy) {
    super(message, null, false, false);
    this.busy = busy;
  }

  /** Returns whether too many clients wait for the history. */
  public boolean isBusy() {
    return busy;
  }
}
