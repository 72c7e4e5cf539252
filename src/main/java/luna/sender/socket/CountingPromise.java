package luna.sender.socket;

import io.netty.channel.Channel;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelPromise;
import org.jspecify.annotations.Nullable;

/**
 * One promise for all frames of a channel. It never completes; it only counts. A promise per frame
 * would be an allocation per delivery, and a void promise would not report which frames were
 * delivered.
 *
 * <p>Errors: exceptions of the listener are not passed to Netty; otherwise Netty's queue would keep
 * counting the size of a frame that is already released.
 *
 * <p>Owner: confined to the channel's event loop.
 */
final class CountingPromise extends DefaultChannelPromise {
  private final ClientChannel.Listener listener;

  CountingPromise(Channel channel, ClientChannel.Listener listener) {
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
      listener.onWritten();
    } catch (Throwable fault) {
      listener.onFault(Step.COMPLETE, fault);
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
      listener.onWriteFailed();
      if (ClientChannel.isFault(cause)) {
        listener.onFault(Step.WRITE, cause);
      }
    } catch (Throwable fault) {
      listener.onFault(Step.COMPLETE, fault);
    }
    return true;
  }

  @Override
  public ChannelPromise setFailure(Throwable cause) {
    tryFailure(cause);
    return this;
  }
}
