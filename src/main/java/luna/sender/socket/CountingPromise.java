package luna.sender.socket;

import io.netty.channel.Channel;

/**
 * One promise for all frames of a channel. It only counts. A promise per frame would be an
 * allocation per delivery, and a void promise would not report which frames were delivered.
 *
 * <p>Errors: exceptions of the listener are reported to it, not to Netty.
 *
 * <p>Owner: confined to the channel's event loop.
 */
final class CountingPromise extends WritePromise {
  private final ClientChannel.Listener listener;

  CountingPromise(Channel channel, ClientChannel.Listener listener) {
    super(channel);
    this.listener = listener;
  }

  @Override
  void written() {
    try {
      listener.onWritten();
    } catch (Throwable fault) {
      listener.onFault(Step.COMPLETE, fault);
    }
  }

  @Override
  void failed(Throwable cause) {
    try {
      listener.onWriteFailed();
      if (ClientChannel.isFault(cause)) {
        listener.onFault(Step.WRITE, cause);
      }
    } catch (Throwable fault) {
      listener.onFault(Step.COMPLETE, fault);
    }
  }
}
