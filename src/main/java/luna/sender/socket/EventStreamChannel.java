package luna.sender.socket;

import io.netty.buffer.ByteBuf;

/**
 * A channel that sends Server-Sent Events.
 *
 * <p>Invariant: nothing from the client is decoded.
 */
interface EventStreamChannel extends ClientChannel {
  @Override
  default FrameForm form(boolean positions) {
    return positions ? FrameForm.SSE_WITH_ID : FrameForm.SSE;
  }

  @Override
  default ByteBuf message(byte[] text) {
    return SseFraming.message(text);
  }

  @Override
  default void discardInbound() {
    // It is always discarded.
  }
}
