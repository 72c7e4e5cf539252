package luna.sender.socket;

import io.netty.channel.Channel;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelPromise;
import org.jspecify.annotations.Nullable;

/**
 * One promise for all of a channel's frames: never done, it only counts. A promise per frame would
 * be an allocation per delivery, and a void one would leave us not knowing what was delivered.
 *
 * <p>Owner: confined to the channel's event loop.
 */
final class Outcome extends DefaultChannelPromise {
  private final FrameChannel.Listener listener;

  Outcome(Channel channel, FrameChannel.Listener listener) {
    super(channel);
    this.listener = listener;
  }

  @Override
  public boolean setUncancellable() {
    return true;
  }

  @Override
  public boolean trySuccess(@Nullable Void result) {
    listener.written();
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
    listener.failed();
    return true;
  }

  @Override
  public ChannelPromise setFailure(Throwable cause) {
    tryFailure(cause);
    return this;
  }
}
