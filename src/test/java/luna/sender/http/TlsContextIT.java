package luna.sender.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCounted;
import io.netty.util.concurrent.ImmediateExecutor;
import java.nio.file.Path;
import java.time.Duration;
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
        Duration.ofSeconds(10));
  }
}
