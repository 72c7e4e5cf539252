package luna.sender.socket;

import io.netty.channel.Channel;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelPromise;
import org.jspecify.annotations.Nullable;

/**
 * A promise that reports its result instead of completing, so it needs no listener and can be used
 * for several frames.
 *
 * <p>Errors: {@link #written} and {@link #failed} must not throw; otherwise Netty's queue would
 * keep counting the size of a frame that is already released.
 *
 * <p>Owner: confined to the channel's event loop.
 */
abstract class WritePromise extends DefaultChannelPromise {
  WritePromise(Channel channel) {
    super(channel);
  }

  /** Called when the socket has accepted a frame. */
  abstract void written();

  /** Called when a frame cannot be written. */
  abstract void failed(Throwable cause);

  @Override
  public final boolean setUncancellable() {
    return true;
  }

  @Override
  public final boolean trySuccess(@Nullable Void result) {
    written();
    return true;
  }

  @Override
  public final boolean trySuccess() {
    written();
    return true;
  }

  @Override
  public final ChannelPromise setSuccess(@Nullable Void result) {
    written();
    return this;
  }

  @Override
  public final ChannelPromise setSuccess() {
    written();
    return this;
  }

  @Override
  public final boolean tryFailure(Throwable cause) {
    failed(cause);
    return true;
  }

  @Override
  public final ChannelPromise setFailure(Throwable cause) {
    failed(cause);
    return this;
  }
}
