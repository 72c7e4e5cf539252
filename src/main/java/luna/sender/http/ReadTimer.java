package luna.sender.http;

/** Measures on one HTTP connection for how long what the client sends has been incomplete. */
interface ReadTimer {
  /**
   * Returns whether the current request, or over HTTP/2 the current frame or request head, has been
   * incomplete for at least this long.
   */
  boolean isLate(long nowNanos, long limitNanos);
}
