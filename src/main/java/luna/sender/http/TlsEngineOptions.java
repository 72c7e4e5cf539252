package luna.sender.http;

import io.vertx.core.net.SSLEngineOptions;
import io.vertx.core.spi.tls.SslContextFactory;

/** Lets a server of Vert.x use a {@link TlsContext} instead of one of its own. */
final class TlsEngineOptions extends SSLEngineOptions {
  private final TlsContext context;

  TlsEngineOptions(TlsContext context) {
    this.context = context;
    setUseWorkerThread(context.needsWorkers());
  }

  private TlsEngineOptions(TlsEngineOptions other) {
    super(other);
    this.context = other.context;
  }

  @Override
  public SSLEngineOptions copy() {
    return new TlsEngineOptions(this);
  }

  /** Ignores what Vert.x configures: the context has its own certificate, versions and ciphers. */
  @Override
  public SslContextFactory sslContextFactory() {
    return () -> context;
  }
}
