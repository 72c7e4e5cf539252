package luna.sender.socket;

/**
 * The memory of one event's frame while clients wait for it. The frame is shared, so it counts once
 * against the account, however many clients wait.
 *
 * <p>Owner: confined to its hub's event loop.
 */
final class SharedFrame {
  private final int bytes;
  private final Budget.Part account;
  private int clients;

  SharedFrame(int bytes, Budget.Part account) {
    this.bytes = bytes;
    this.account = account;
  }

  /** One more client waits for it. */
  void retain() {
    if (clients++ == 0) {
      account.use(bytes);
    }
  }

  /** One client has got it, or lost it. */
  void release() {
    if (--clients == 0) {
      account.use(-bytes);
    }
  }
}
