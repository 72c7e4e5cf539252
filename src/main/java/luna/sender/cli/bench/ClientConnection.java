package luna.sender.cli.bench;

/**
 * The connection of one client after its handshake: a WebSocket, or a stream of Server-Sent Events.
 *
 * <p>Owner: confined to its event loop.
 */
interface ClientConnection {
  /** Receives what the server sends. */
  interface Listener {
    /** Called for each message; the bytes are valid only during the call. */
    void onMessage(byte[] bytes, int from, int length);

    /** Called for each message that the transport distinguishes from events. */
    default void onNotice(byte[] bytes, int from, int length) {}

    /** Called for each position that the transport has beside messages, after its message. */
    default void onPosition(byte[] bytes, int from, int length) {}

    /**
     * Called once at the end.
     *
     * @param code the close code, or {@value #ABNORMAL} if the server has sent none
     */
    void onEnd(int code);
  }

  /** The code of a connection that broke without a close code. */
  int ABNORMAL = 1006;

  /** Starts to receive; called in the task in which the connection was opened. */
  void receive(Listener listener);

  /** Closes the connection, unless it is closed. */
  void close();

  /** Ends the TCP connection by a reset, as if the network had lost it. */
  void drop();
}
