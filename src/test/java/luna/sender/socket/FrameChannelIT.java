package luna.sender.socket;

import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.vertx.core.Context;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.JdkSSLEngineOptions;
import io.vertx.core.net.OpenSSLEngineOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.SSLEngineOptions;
import io.vertx.core.net.impl.ConnectionBase;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import luna.sender.config.ConfigLoader;
import luna.sender.event.Event;
import luna.sender.testing.RawSocket;
import luna.sender.testing.RawSocket.Frame;
import luna.sender.testing.Service;
import luna.sender.testing.TestCertificates;
import luna.sender.testing.TestEvents;
import luna.sender.testing.Waiting;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Tests the internals of Vert.x and Netty that {@link WebSocketUpgrade} relies on. */
@ParameterizedClass
@EnumSource
final class FrameChannelIT {
  @Parameter private Transport transport = Transport.EPOLL;
  private final Framing framing = new Framing(ConfigLoader.load(null, Map.of()).ws());
  private final AtomicInteger httpEnded = new AtomicInteger();
  private final BlockingQueue<Peer> upgraded = new LinkedBlockingQueue<>();
  private Vertx vertx;
  private HttpServer server;

  /** What lies between the frames and the socket. */
  private enum Transport {
    EPOLL(true, null),
    NIO(false, null),
    EPOLL_BORING_SSL(true, new OpenSSLEngineOptions()),
    EPOLL_JDK_TLS(true, new JdkSSLEngineOptions()),
    NIO_BORING_SSL(false, new OpenSSLEngineOptions());

    final boolean preferNative;
    final @Nullable SSLEngineOptions tls;

    Transport(boolean preferNative, @Nullable SSLEngineOptions tls) {
      this.preferNative = preferNative;
      this.tls = tls;
    }
  }

  private static final Path CERTIFICATE = TestCertificates.serverFolder();

  /** The service's side of a WebSocket: counts received frames and the results of written ones. */
  private final class Peer implements FrameChannel.Listener {
    final AtomicInteger written = new AtomicInteger();
    final AtomicInteger failed = new AtomicInteger();
    final AtomicInteger closed = new AtomicInteger();
    final Channel netty;
    final Context context;
    final FrameChannel channel;
    volatile IntConsumer onInbound = number -> {};
    private int inbound;

    Peer(HttpServerRequest request) {
      netty = ((ConnectionBase) request.connection()).channel();
      context = Vertx.currentContext();
      channel = WebSocketUpgrade.upgrade(request, Map.of(), framing, this);
      channel.flush();
    }

    /** Runs an action on the event loop and waits for it. */
    void run(Runnable action) {
      Promise<Void> done = Promise.promise();
      context.runOnContext(
          now -> {
            action.run();
            done.complete();
          });
      await(done.future());
    }

    /**
     * Writes bytes until the socket does not accept all of them, and queues the rest.
     *
     * @param frames how many frames the bytes have
     * @param whole counts how often the socket has accepted all of them
     * @return whether the rest is encrypted
     */
    boolean fill(ByteBuf bytes, int frames, AtomicInteger whole) {
      int length = bytes.readableBytes();
      int accepted;
      while ((accepted = channel.writeNow(bytes)) == length) {
        whole.incrementAndGet();
      }
      assertThat(accepted).isNotNegative();
      int begun = channel.begunBytes(accepted);
      if (begun == length) {
        channel.countBegun(frames);
      } else {
        channel.write(bytes.retainedSlice(begun, length - begun));
      }
      channel.flush();
      return begun == length;
    }

    @Override
    public boolean onFrame() {
      onInbound.accept(inbound++);
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
    public void onClosed() {
      closed.incrementAndGet();
    }

    @Override
    public void onWritten() {
      written.incrementAndGet();
    }

    @Override
    public void onFault(Step step, Throwable fault) {
      throw new AssertionError(fault);
    }

    @Override
    public void onWriteFailed() {
      failed.incrementAndGet();
    }
  }

  private HttpServerOptions options() {
    HttpServerOptions options =
        new HttpServerOptions()
            .setHttp2ClearTextEnabled(false)
            .setPerMessageWebSocketCompressionSupported(false)
            .setPerFrameWebSocketCompressionSupported(false);
    if (transport.tls != null) {
      options
          .setSsl(true)
          .setUseAlpn(false)
          .setSslEngineOptions(transport.tls)
          .setKeyCertOptions(
              new PemKeyCertOptions()
                  .setCertPath(CERTIFICATE.resolve("server.crt").toString())
                  .setKeyPath(CERTIFICATE.resolve("server.key").toString()));
    }
    return options;
  }

  @BeforeEach
  void listen() {
    vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(transport.preferNative));
    server =
        await(
            vertx
                .createHttpServer(options())
                .connectionHandler(
                    connection -> connection.closeHandler(end -> httpEnded.incrementAndGet()))
                .requestHandler(request -> upgraded.add(new Peer(request)))
                .listen(0, "127.0.0.1"));
  }

  @AfterEach
  void close() {
    await(vertx.close());
  }

  @Test
  void noHttpHandlerRemainsAfterTheUpgrade() throws Exception {
    try (RawSocket client = connect()) {
      Peer peer = peer();
      assertThat(httpEnded).hasValue(1);
      assertThat(peer.netty.pipeline().toMap().values())
          .hasSize(transport.tls == null ? 2 : 3)
          .anyMatch(WebSocket13FrameDecoder.class::isInstance)
          .contains(peer.channel);
      assertThat(client.head())
          .contains("\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n")
          .doesNotContainIgnoringCase("content-length");
      client.close();
      until("the close is reported", () -> peer.closed.get() == 1);
    }
  }

  /** RFC 6455 section 5.2: the shortest encoding of the length. */
  @ParameterizedTest
  @CsvSource({
    "1, 8101",
    "125, 817d",
    "126, 817e007e",
    "65535, 817effff",
    "65536, 817f0000000000010000",
    "900000, 817f00000000000dbba0"
  })
  void frameHasTheHeaderOfItsLengthAndArrives(int bytes, String header) throws Exception {
    ByteBuf frame = frame("x".repeat(bytes));
    assertThat(ByteBufUtil.hexDump(frame, 0, header.length() / 2)).isEqualTo(header);
    assertThat(frame.readableBytes()).isEqualTo(header.length() / 2 + bytes);
    try (RawSocket client = connect()) {
      Peer peer = peer();
      peer.run(
          () -> {
            peer.channel.write(frame);
            peer.channel.flush();
          });
      Frame received = client.next();
      assertThat(received.opcode()).isEqualTo(RawSocket.TEXT);
      assertThat(received.last()).isTrue();
      assertThat(received.payload()).hasSize(bytes).containsOnly('x');
    }
    until("the frame is released", () -> frame.refCnt() == 0);
  }

  /** Each ping arrives between a frame that is written but not flushed, and the next one. */
  @Test
  void framesStayWholeAndInOrderAmongPongs() throws Exception {
    int count = 500;
    try (RawSocket client = connect()) {
      Peer peer = peer();
      peer.onInbound =
          number -> {
            peer.channel.write(frame(text(number)));
            if (number % 3 == 0) {
              peer.channel.ping();
            }
            if (number % 5 == 0) {
              peer.channel.flush();
            }
          };
      for (int i = 0; i < count; i++) {
        client.sendFrame(RawSocket.PING, true, ByteBuffer.allocate(4).putInt(i).array());
      }
      for (int i = 0; i < count; i++) {
        assertThat(new String(client.nextButPing().payload(), StandardCharsets.UTF_8))
            .isEqualTo(text(i));
        Frame pong = client.nextButPing();
        assertThat(pong.opcode()).isEqualTo(RawSocket.PONG);
        assertThat(ByteBuffer.wrap(pong.payload()).getInt()).isEqualTo(i);
      }
      until("all are counted", () -> peer.written.get() == count);
      assertThat(peer.failed.get()).isZero();
    }
  }

  private static String text(int number) {
    return number + ":" + "x".repeat(number * 7);
  }

  /** One frame for three clients: one reads, one does not and is aborted, one has disconnected. */
  @Test
  void sharedFrameIsReleasedByItsLastClient() throws Exception {
    List<RawSocket> clients = new ArrayList<>();
    List<Peer> peers = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      clients.add(connect());
      peers.add(peer());
    }
    peers.get(2).run(peers.get(2).channel::abort);
    List<ByteBuf> frames = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      frames.add(frame("x".repeat(1_000_000)));
    }
    for (Peer peer : peers) {
      peer.run(
          () -> {
            frames.forEach(frame -> peer.channel.write(frame.retainedDuplicate()));
            peer.channel.flush();
          });
    }
    frames.forEach(ByteBuf::release);
    for (int i = 0; i < 20; i++) {
      assertThat(clients.get(0).next().payload()).hasSize(1_000_000);
    }
    Peer stuck = peers.get(1);
    stuck.run(() -> assertThat(stuck.channel.queuedBytes()).isGreaterThan(1_000_000));
    stuck.run(stuck.channel::abort);
    until("each is counted", () -> stuck.written.get() + stuck.failed.get() == 20);
    assertThat(stuck.failed.get()).isPositive();
    assertThat(peers.get(2).failed.get()).isEqualTo(20);
    until("the reader has all events", () -> peers.get(0).written.get() == 20);
    assertThat(frames).allMatch(frame -> frame.refCnt() == 0);
    stuck.run(() -> assertThat(stuck.channel.queuedBytes()).isZero());
    for (RawSocket client : clients) {
      client.close();
    }
  }

  /** Only epoll has a method that writes to the socket itself. */
  @Test
  void bytesAreWrittenAtOnceOnlyWhileNothingIsQueued() throws Exception {
    try (RawSocket client = connect()) {
      Peer peer = peer();
      ByteBuf frame = frame("now");
      peer.run(
          () -> {
            assertThat(peer.channel.canWriteNow()).isEqualTo(transport.preferNative);
            if (transport.preferNative) {
              assertThat(peer.channel.writeNow(frame)).isEqualTo(frame.readableBytes());
              assertThat(frame.readableBytes()).isEqualTo(5);
            }
            peer.channel.write(frame("queued"));
            assertThat(peer.channel.canWriteNow()).isFalse();
            peer.channel.flush();
            assertThat(peer.channel.canWriteNow()).isEqualTo(transport.preferNative);
            peer.channel.abort();
            assertThat(peer.channel.canWriteNow()).isFalse();
          });
      frame.release();
      if (transport.preferNative) {
        assertThat(client.next().payload()).asString(StandardCharsets.UTF_8).isEqualTo("now");
      }
      assertThat(client.next().payload()).asString(StandardCharsets.UTF_8).isEqualTo("queued");
    }
  }

  @Test
  void whatAFullSocketDoesNotAcceptCanBeQueued() throws Exception {
    int size = 1_000_000;
    try (RawSocket client = connect()) {
      Peer peer = peer();
      ByteBuf frame = frame("x".repeat(size));
      AtomicInteger whole = new AtomicInteger();
      peer.run(
          () -> {
            peer.fill(frame, 1, whole);
            assertThat(peer.channel.canWriteNow()).isFalse();
          });
      for (int i = 0; i <= whole.get(); i++) {
        assertThat(client.next().payload()).hasSize(size).containsOnly('x');
      }
      until("the rest is counted", () -> peer.written.get() == 1);
      frame.release();
      assertThat(frame.refCnt()).isZero();
    }
  }

  @Test
  void framesThatAreBegunTogetherAreCountedWhenTheSocketHasAcceptedThem() throws Exception {
    try (RawSocket client = connect()) {
      Peer peer = peer();
      ByteBuf three = Unpooled.wrappedBuffer(frame("1"), frame("2"), frame("x".repeat(100_000)));
      ByteBuf joined = Unpooled.directBuffer().writeBytes(three);
      three.release();
      AtomicInteger whole = new AtomicInteger();
      AtomicBoolean encrypted = new AtomicBoolean();
      peer.run(
          () -> {
            peer.channel.limitQueue(1 << 18);
            encrypted.set(peer.fill(joined, 3, whole));
            assertThat(peer.written.get() == 0).isEqualTo(transport.preferNative);
          });
      for (int i = 0; i <= whole.get(); i++) {
        assertThat(client.next().payload()).asString(StandardCharsets.UTF_8).isEqualTo("1");
        assertThat(client.next().payload()).asString(StandardCharsets.UTF_8).isEqualTo("2");
        assertThat(client.next().payload()).hasSize(100_000).containsOnly('x');
      }
      until("all are counted", () -> peer.written.get() == (encrypted.get() ? 3 : 1));
      // One write of up to 128 KiB is encrypted as a whole.
      assertThat(encrypted.get()).isEqualTo(transport.preferNative && transport.tls != null);
      assertThat(peer.failed.get()).isZero();
      joined.release();
      assertThat(joined.refCnt()).isZero();
    }
  }

  @Test
  void encryptedFramesAreNotWrittenAtOnceForAQueueThatIsSmallerThanARecord() throws Exception {
    try (RawSocket client = connect()) {
      Peer peer = peer();
      ByteBuf frame = frame("text");
      peer.run(
          () -> {
            peer.channel.limitQueue(1000);
            int accepted = peer.channel.writeNow(frame);
            boolean atOnce = transport.preferNative && transport.tls == null;
            assertThat(accepted).isEqualTo(atOnce ? frame.readableBytes() : 0);
            assertThat(peer.channel.begunBytes(accepted)).isEqualTo(accepted);
            if (!atOnce) {
              peer.channel.write(frame.retainedDuplicate());
              peer.channel.flush();
            }
          });
      frame.release();
      assertThat(client.next().payload()).asString(StandardCharsets.UTF_8).isEqualTo("text");
    }
  }

  private RawSocket connect() throws IOException {
    return new RawSocket(
        transport.tls == null
            ? new Socket("127.0.0.1", server.actualPort())
            : TestCertificates.connect(TestCertificates.trustingAll(), server.actualPort()),
        Service.account());
  }

  private Peer peer() throws InterruptedException {
    Peer peer = upgraded.poll(Waiting.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    assertThat(peer).isNotNull();
    return peer;
  }

  private static ByteBuf frame(String text) {
    return Framing.plain(
        new Event(Service.account(), TestEvents.NOTHING, 0, text.getBytes(StandardCharsets.UTF_8)),
        FrameForm.PLAIN);
  }
}
