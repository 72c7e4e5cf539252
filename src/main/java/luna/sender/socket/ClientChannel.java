package luna.sender.socket;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.http2.Http2Exception;
import java.io.IOException;

/**
 * What a session sends to and receives from its client, after the head of the response: a
 * connection of its own ({@link ConnectionChannel}), or a stream of an HTTP/2 connection ({@link
 * Http2SseChannel}).
 *
 * <p>Owner: confined to the channel's event loop.
 */
interface ClientChannel {
  /** Receives what the client sends, and the result of each written frame. */
  interface Listener {
    /**
     * Called for each frame from the client.
     *
     * @return whether the frame is processed
     */
    boolean onFrame();

    /**
     * Called for each data frame of a message. A control frame between two of them does not count.
     */
    void onMessageBytes(int messageBytes, boolean last);

    /** Called when the client violates the protocol or exceeds a limit. Nothing more is read. */
    void onViolation(int closeCode);

    /** Called when the socket accepts frames again. */
    void onWritable();

    /** Called when the client's close frame arrives. The reply is sent after all queued frames. */
    void onCloseFrame();

    /** Called when the connection is closed. */
    void onClosed();

    /** Called when the socket has accepted the oldest pending frame. */
    void onWritten();

    /** Called when the oldest pending frame cannot be written. */
    void onWriteFailed();

    /** Called when the work for this connection fails for an internal reason. Must not throw. */
    void onFault(Step step, Throwable fault);
  }

  /**
   * Returns the form of this client's frames.
   *
   * @param positions whether the client gets the positions of its events
   */
  FrameForm form(boolean positions);

  /** Returns a frame with a message that is not an event. */
  ByteBuf message(byte[] text);

  /**
   * Sends a sign of life.
   *
   * @return whether the client must answer it
   */
  boolean ping();

  /**
   * Ends the stream after all queued frames, at most once, and says why. The connection, or the
   * stream of a shared one, ends when the client has read that.
   */
  void close(int code, String reason);

  /** Ends the connection, or the stream of a shared one, immediately and without a last message. */
  void abort();

  /** Discards everything that arrives from now on, without decoding it. */
  void discardInbound();

  /** Returns whether {@link #writeNow} can be called: nothing is queued. */
  boolean canWriteNow();

  /**
   * Writes bytes to the socket at once, past the queue.
   *
   * @return how many of the bytes, from the first, the socket has accepted
   */
  int writeNow(ByteBuf bytes);

  /**
   * Returns how many bytes of the last {@link #writeNow}, from the first, cannot be withdrawn:
   * those that the socket has accepted, and those that are queued because they are encrypted.
   *
   * @param acceptedBytes its result
   */
  default int begunBytes(int acceptedBytes) {
    return acceptedBytes;
  }

  /** Counts frames when what {@link #writeNow} has queued is written; their ends are in it. */
  default void countBegun(int frames) {}

  /** Queues a frame without flushing; takes over the reference. */
  void write(ByteBuf frame);

  /** Queues a frame that is not an event; takes over the reference. */
  void writeUncounted(ByteBuf frame);

  void flush();

  /** Runs the task when the socket has accepted everything that is queued now. */
  void whenDrained(Runnable task);

  /** Returns whether the client's queue is below the limit of {@link #limitQueue}. */
  boolean isWritable();

  /**
   * Limits the client's queue. The channel stops being writable above the limit, and becomes
   * writable again when the queue has drained to half of it.
   */
  void limitQueue(int bytes);

  /** Returns whether frames are encrypted, so each client has its own copy. */
  boolean isEncrypted();

  /**
   * Returns the bytes that are queued in this process for the client; 0 if the channel is closed.
   */
  long queuedBytes();

  /**
   * Returns {@link #queuedBytes} without the bytes of the oldest frame that the socket has already
   * accepted.
   */
  long unsentBytes();

  /**
   * Returns whether the cause is internal, and not the connection, its TLS or the client's data.
   */
  static boolean isFault(Throwable cause) {
    Throwable root =
        cause instanceof DecoderException && cause.getCause() != null ? cause.getCause() : cause;
    return !(root instanceof IOException
        || root instanceof DecoderException
        || root instanceof Http2Exception);
  }
}
