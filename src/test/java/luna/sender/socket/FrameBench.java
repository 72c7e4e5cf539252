package luna.sender.socket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameEncoder;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import luna.sender.config.ConfigLoader;
import luna.sender.event.Event;
import luna.sender.testing.TestEvents;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Measures sending an event to {@value #CLIENTS} clients, per client and without the system call:
 * the channels are real except for a socket that accepts everything.
 *
 * <p>Inside the timer: encoding the frame, once or for each client; the pipeline and the outbound
 * buffer; the flush. {@code -prof gc} shows the allocation per delivery.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(FrameBench.CLIENTS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class FrameBench {
  static final int CLIENTS = 1000;

  @Param({"1300", "14000"})
  int bytes;

  private final FrameChannel[] shared = new FrameChannel[CLIENTS];
  private final EmbeddedChannel[] encoding = new EmbeddedChannel[CLIENTS];
  private final Framing framing =
      new Framing(
          ConfigLoader.load(null, Map.of("LUNA_SENDER_WS_SETTINGS__COMPRESSION_LEVEL", "1")).ws());
  private Event event = event(1);
  private ByteBuf text = Unpooled.EMPTY_BUFFER;

  /** A socket that accepts all bytes immediately. */
  private static final class Sink extends EmbeddedChannel {
    Sink(ChannelHandler... handlers) {
      super(handlers);
    }

    @Override
    protected void handleOutboundMessage(Object message) {
      ReferenceCountUtil.release(message);
    }
  }

  private static final class Silent implements FrameChannel.Listener {
    long written;

    @Override
    public boolean onFrame() {
      return true;
    }

    @Override
    public void onMessageBytes(int messageBytes, boolean last) {}

    @Override
    public void onViolation(int closeCode) {}

    @Override
    public void onWritable() {}

    @Override
    public void onCloseFrame() {}

    @Override
    public void onClosed() {}

    @Override
    public void onWritten() {
      written++;
    }

    @Override
    public void onFault(Step step, Throwable fault) {
      throw new AssertionError(fault);
    }

    @Override
    public void onWriteFailed() {}
  }

  @Setup
  public void connect() {
    event = event(bytes);
    text = Unpooled.directBuffer(bytes);
    event.writeText(text);
    for (int i = 0; i < CLIENTS; i++) {
      shared[i] = new FrameChannel(new Sink().pipeline(), framing, null, new Silent());
      encoding[i] = new Sink(new WebSocket13FrameEncoder(false));
    }
  }

  private static Event event(int bytes) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; text.length() < bytes; i++) {
      text.append("{\"similarity\":0.").append(i * 7919L).append(",\"label\":\"visitors\"},");
    }
    text.setLength(bytes);
    return new Event(
        "8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a",
        TestEvents.NOTHING,
        0,
        text.toString().getBytes(StandardCharsets.UTF_8));
  }

  /** One frame for all clients, as in the service. */
  @Benchmark
  public void shared() {
    send(Framing.plain(event, FrameForm.PLAIN));
  }

  /** The same with a frame that is compressed once. */
  @Benchmark
  public void sharedDeflated() {
    send(Objects.requireNonNull(framing.deflated(event, FrameForm.DEFLATED)));
  }

  private void send(ByteBuf frame) {
    for (FrameChannel channel : shared) {
      channel.write(frame.retainedDuplicate());
      channel.flush();
    }
    frame.release();
  }

  /** The usual way: each channel's encoder creates a frame from the shared text. */
  @Benchmark
  public void encodedForEach() {
    for (EmbeddedChannel channel : encoding) {
      channel.writeAndFlush(new TextWebSocketFrame(text.retainedDuplicate()));
    }
  }
}
