package luna.sender.socket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import luna.sender.config.ConfigLoader;
import luna.sender.config.WsSettings;
import luna.sender.testing.CpuLimit;

/**
 * Fuzzes the bytes that a client sends after its handshake. The answer must be the one that {@link
 * NaiveFrames} derives from the rules, no exception escapes, no buffer leaks, and the memory is
 * bounded.
 *
 * <p>Shape: the lowest bit of the first input byte selects compression; the second byte is the
 * number of bytes that arrive at once, 0 for all; the client's bytes follow.
 *
 * <p>Errors: {@link AssertionError} for a wrong result; any other exception is one that escaped.
 *
 * <p>Owner: used by one thread.
 */
public final class FramesFuzz {
  static final int LIMIT = 1000;

  /** A frame, the buffer that collects it, and the copy of a message. */
  private static final int MEMORY = 8 * LIMIT + 8192;

  private static final Framing FRAMING = new Framing(settings());

  private FramesFuzz() {}

  /** Called by Jazzer. */
  public static void fuzzerTestOneInput(byte[] input) {
    CpuLimit.check(() -> check(input));
  }

  private static void check(byte[] input) {
    if (input.length < 2) {
      return;
    }
    boolean deflate = (input[0] & 1) != 0;
    int piece = input[1] == 0 ? input.length : input[1] & 0xFF;
    byte[] bytes = Arrays.copyOfRange(input, 2, input.length);
    List<String> sent = sent(bytes, piece, deflate);
    NaiveFrames naive = new NaiveFrames(bytes, deflate, LIMIT);
    if (!naive.allows(sent)) {
      throw new AssertionError(
          sent + " (expected: " + naive + ") for " + ByteBufUtil.hexDump(bytes));
    }
  }

  /**
   * Returns what the service sends, as opcode and payload in hex, and "end" if it closes the
   * connection.
   */
  private static List<String> sent(byte[] bytes, int piece, boolean deflate) {
    UnpooledByteBufAllocator memory = new UnpooledByteBufAllocator(false, true);
    EmbeddedChannel channel = new EmbeddedChannel();
    channel.config().setAllocator(memory);
    Client client = new Client(channel.pipeline(), deflate);
    List<String> sent = new ArrayList<>();
    for (int at = 0; at < bytes.length && channel.isActive(); at += piece) {
      channel.writeInbound(Unpooled.copiedBuffer(bytes, at, Math.min(piece, bytes.length - at)));
      channel.checkException();
      collect(channel, sent);
      long used = used(memory);
      require(used <= MEMORY + 2L * piece, used + " bytes in use", "at most " + MEMORY);
    }
    if (!channel.isActive()) {
      sent.add("end");
    }
    channel.finishAndReleaseAll();
    channel.checkException();
    require(client.ends == 1, client.ends + " ends", "one");
    require(used(memory) == 0, used(memory) + " bytes in use", "none");
    return sent;
  }

  private static void collect(EmbeddedChannel channel, List<String> sent) {
    ByteBuf out;
    while ((out = channel.readOutbound()) != null) {
      if (out.isReadable()) {
        int length = out.getUnsignedByte(1);
        require(length <= 125 && length + 2 == out.readableBytes(), out, "one control frame");
        sent.add(ByteBufUtil.hexDump(out, 0, 1) + ByteBufUtil.hexDump(out, 2, length));
        require(out.release(), out.refCnt() + " references", "none");
      }
    }
  }

  private static long used(UnpooledByteBufAllocator memory) {
    return memory.metric().usedDirectMemory() + memory.metric().usedHeapMemory();
  }

  private static WsSettings settings() {
    return ConfigLoader.load(
            null,
            Map.of(
                "LUNA_SENDER_WS_SETTINGS__INBOUND_MESSAGE_LIMIT_BYTES",
                Integer.toString(LIMIT),
                "LUNA_SENDER_WS_SETTINGS__COMPRESSION_LEVEL",
                "1"))
        .ws();
  }

  /** Behaves like a {@link Session}. */
  private static final class Client implements FrameChannel.Listener {
    int ends;
    private final FrameChannel channel;
    private long messageBytes;
    private boolean closing;

    Client(ChannelPipeline pipeline, boolean deflate) {
      channel = new FrameChannel(pipeline, FRAMING, deflate ? FRAMING.deflate() : null, this);
    }

    @Override
    public void onMessageBytes(int bytes, boolean last) {
      messageBytes += bytes;
      if (messageBytes > LIMIT) {
        close(CloseReason.TOO_BIG);
      }
      if (last) {
        messageBytes = 0;
      }
    }

    @Override
    public void onViolation(int closeCode) {
      close(CloseReason.ofViolation(closeCode));
    }

    private void close(CloseReason why) {
      if (!closing) {
        closing = true;
        channel.close(why.code(), "");
      }
    }

    @Override
    public void onWritable() {}

    @Override
    public boolean onFrame() {
      return true;
    }

    @Override
    public void onCloseFrame() {
      closing = true;
    }

    @Override
    public void onClosed() {
      ends++;
    }

    @Override
    public void onWritten() {
      throw new AssertionError("an event (expected: none)");
    }

    @Override
    public void onFault(Step step, Throwable fault) {
      throw new AssertionError(fault);
    }

    @Override
    public void onWriteFailed() {
      throw new AssertionError("an event (expected: none)");
    }
  }

  private static void require(boolean holds, Object is, Object expected) {
    if (!holds) {
      throw new AssertionError(is + " (expected: " + expected + ")");
    }
  }
}
