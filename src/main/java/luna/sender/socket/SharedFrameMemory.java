package luna.sender.socket;

/**
 * Counts the memory of one event's frame while it is queued for clients. The clients share the
 * frame, so it counts once for the account, however many queues it is in.
 *
 * <p>Owner: confined to its hub's event loop.
 */
final class SharedFrameMemory {
  private final int bytes;
  private final Budget.Part budget;
  private int clients;

  SharedFrameMemory(int bytes, Budget.Part budget) {
    this.bytes = bytes;
    this.budget = budget;
  }

  /** Adds a client whose queue has the frame. */
  void retain() {
    if (clients++ == 0) {
      budget.use(bytes);
    }
  }

  /** Removes a client, because its frame was written or dropped. */
  void release() {
    if (--clients == 0) {
      budget.use(-bytes);
    }
  }
}
