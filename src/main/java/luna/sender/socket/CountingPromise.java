package luna.sender.socket;

import io.netty.channel.Channel;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelPromise;
import org.jspecify.annotations.Nullable;

/**
 * One promise for all of a channel's frames: never done, it only counts. A promise per frame would
 * be an allocation per delivery, and a void one would leave us not knowing what was delivered.
 *
 * <p>Errors: none reach Netty, whose queue would keep the size of a frame that is gone.
 *
 * <p>Owner: confined to the channel's event loop.
 */
final class CountingPromise extends DefaultChannelPromise {
  private final FrameChannel.Listener listener;

  CountingPromise(Channel channel, FrameChannel.Listener listener) {
    super(channel);
    this.listener = listener;
  }

  @Override
  public boolean setUncancellable() {
    return true;
  }

  @Override
  public boolean trySuccess(@Nullable Void result) {
    try {
      listener.written();
    } catch (Throwable fault) {
      listener.fault(Step.SETTLE, fault);
    }
    return true;
  }

  @Override
  public boolean trySuccess() {
    return trySuccess(null);
  }

  @Override
  public ChannelPromise setSuccess(@Nullable Void result) {
    trySuccess(null);
    return this;
  }

  @Override
  public ChannelPromise setSuccess() {
    return setSuccess(null);
  }

  @Override
  public boolean tryFailure(Throwable cause) {
    try {
      listener.failed();
      if (FrameChannel.isFault(cause)) {
        listener.fault(Step.WRITE, cause);
      }
    } catch (Throwable fault) {
      listener.fault(Step.SETTLE, fault);
    }
    return true;
  }

  @Override
  public ChannelPromise setFailure(Throwable cause) {
    tryFailure(cause);
    return this;
  }
}
