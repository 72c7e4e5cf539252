package luna.sender.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCounted;
import io.netty.util.concurrent.ImmediateExecutor;
import java.nio.file.Path;
import java.security.cert.Certificate;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import luna.sender.config.TlsSettings;
import luna.sender.config.TlsSettings.ClientAuth;
import luna.sender.config.TlsSettings.MinVersion;
import luna.sender.config.TlsSettings.Provider;
import luna.sender.testing.TestCertificates;
import org.junit.jupiter.api.Test;

/** Tests that the native memory of a certificate that was replaced is released. */
final class TlsContextIT {
  private final TlsSettings settings = settings(TestCertificates.serverFolder());

  @Test
  void replacedContextIsReleasedWithItsLastConnection() {
    TlsContext context = TlsContext.read(settings, Duration.ofSeconds(5));
    ReferenceCounted first = (ReferenceCounted) context.current();
    SslHandler open = context.newHandler(ByteBufAllocator.DEFAULT, ImmediateExecutor.INSTANCE);
    context.replace(TlsIdentity.read(settings));
    assertThat(first.refCnt()).isEqualTo(1);
    ((ReferenceCounted) open.engine()).release();
    assertThat(first.refCnt()).isZero();
    context.close();
  }

  @Test
  void unusedContextIsReleasedAtOnce() {
    TlsContext context = TlsContext.read(settings, Duration.ofSeconds(5));
    ReferenceCounted first = (ReferenceCounted) context.current();
    context.replace(TlsIdentity.read(settings));
    assertThat(first.refCnt()).isZero();
    ReferenceCounted second = (ReferenceCounted) context.current();
    context.close();
    assertThat(second.refCnt()).isZero();
    context.replace(TlsIdentity.read(settings));
    assertThat(((ReferenceCounted) context.current()).refCnt()).isZero();
  }

  /** A client that resumes its session keeps the certificate of its first handshake. */
  @Test
  void ticketIsValidUntilTheSecondRotation() throws Exception {
    TlsContext context = TlsContext.read(settings, Duration.ofSeconds(5));
    SSLContext client = TestCertificates.trustingAll();
    Certificate first = handshake(context, client);
    TlsSettings renewed = settings(TestCertificates.serverFolder());
    context.replace(TlsIdentity.read(renewed));
    context.rotateTicketKeys();
    assertThat(handshake(context, client)).isEqualTo(first);
    context.rotateTicketKeys();
    context.rotateTicketKeys();
    assertThat(handshake(context, client)).isNotEqualTo(first);
    context.close();
  }

  /** Returns the certificate of the server in the client's session. */
  private static Certificate handshake(TlsContext context, SSLContext client) throws Exception {
    SSLEngine engine = client.createSSLEngine("localhost", 443);
    engine.setUseClientMode(true);
    EmbeddedChannel server =
        new EmbeddedChannel(
            context.newHandler(ByteBufAllocator.DEFAULT, ImmediateExecutor.INSTANCE));
    EmbeddedChannel near = new EmbeddedChannel(new SslHandler(engine));
    exchange(near, server);
    // The tickets are sent with the first bytes after the handshake.
    server.writeOutbound(Unpooled.copiedBuffer(new byte[1]));
    exchange(near, server);
    Certificate shown = engine.getSession().getPeerCertificates()[0];
    near.finishAndReleaseAll();
    server.finishAndReleaseAll();
    return shown;
  }

  private static void exchange(EmbeddedChannel near, EmbeddedChannel far) {
    boolean more = true;
    while (more) {
      more = forward(near, far) | forward(far, near);
    }
  }

  private static boolean forward(EmbeddedChannel from, EmbeddedChannel to) {
    ByteBuf bytes = from.readOutbound();
    if (bytes == null) {
      return false;
    }
    to.writeInbound(bytes);
    return true;
  }

  private static TlsSettings settings(Path folder) {
    return new TlsSettings(
        true,
        Provider.OPENSSL,
        folder.resolve("server.crt").toString(),
        folder.resolve("server.key").toString(),
        "",
        ClientAuth.NONE,
        MinVersion.V1_2,
        true,
        "",
        Duration.ofSeconds(10));
  }
}
