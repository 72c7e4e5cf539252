package luna.sender.cli.tail;

/** What the process of {@code tail} ends with. */
public final class ExitCode {
  /** Ended as asked: by a limit, a time, or a reader that had enough. */
  public static final int DONE = 0;

  /** It could not connect. */
  public static final int NOT_CONNECTED = 1;

  /** The command line is wrong, or the server refused a filter. */
  public static final int USAGE = 2;

  /** The server refused the token or the account. */
  public static final int REFUSED = 3;

  /** The connection is lost and not to be made again. */
  public static final int LOST = 4;

  private ExitCode() {}
}
