package luna.sender.socket;

/**
 * Counts the memory of one event's frame while clients wait for it. The clients share the frame, so
 * it counts once for the account, however many of them wait.
 *
 * <p>Owner: confined to its hub's event loop.
 */
final class SharedFrame {
  private final int bytes;
  private final Budget.Part budget;
  private int clients;

  SharedFrame(int bytes, Budget.Part budget) {
    this.bytes = bytes;
    this.budget = budget;
  }

  /** Adds a waiting client. */
  void retain() {
    if (clients++ == 0) {
      budget.use(bytes);
    }
  }

  /** Removes a waiting client, whose frame was written or dropped. */
  void release() {
    if (--clients == 0) {
      budget.use(-bytes);
    }
  }
}
