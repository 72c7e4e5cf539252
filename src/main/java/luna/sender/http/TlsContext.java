package luna.sender.http;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ApplicationProtocolNegotiator;
import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSessionContext;
import luna.sender.config.ConfigException;
import luna.sender.config.TlsSettings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The TLS context of all servers: starts TLS on each new connection, with the certificate of that
 * moment.
 *
 * <p>How: wraps the context of one certificate, which is replaced when the files change. A replaced
 * context is released with its last connection.
 *
 * <p>Why not {@code HttpServer.updateSSLOptions}: Vert.x caches the contexts of up to 256
 * certificates, and releases none of them. With BoringSSL they are native memory.
 *
 * <p>Owner: thread-safe.
 */
public final class TlsContext extends SslContext {
  private static final Logger LOG = LoggerFactory.getLogger(TlsContext.class);

  private final TlsLibrary library;
  private final Duration timeout;
  private TlsIdentity identity;
  private TicketKeys randomKeys = TicketKeys.random();
  private SslContext current;
  private boolean closed;

  private TlsContext(TlsLibrary library, TlsIdentity identity, Duration timeout) {
    this.library = library;
    this.timeout = timeout;
    this.identity = identity;
    this.current = library.context(identity, ticketKeys(identity));
  }

  /**
   * Reads the files and loads the library; blocks.
   *
   * @param timeout from the end of a TLS handshake to the end of the first frame of HTTP/2
   * @throws ConfigException if the files or the library are unusable
   */
  public static TlsContext read(TlsSettings settings, Duration timeout) {
    TlsIdentity identity = TlsIdentity.read(settings);
    Throwable failure =
        settings.provider() == TlsSettings.Provider.JDK ? null : TlsLibrary.boringSslFailure();
    TlsLibrary library = TlsLibrary.select(settings.provider(), failure);
    if (failure != null && identity.ticketKeys() != null) {
      throw new ConfigException(
          "LUNA_SENDER_HTTP_SETTINGS.TLS.TICKET_KEYS_FILE: "
              + settings.ticketKeysFile()
              + " (expected: \"\", because BoringSSL cannot be loaded: "
              + failure
              + ")");
    }
    if (failure != null) {
      LOG.atInfo()
          .addKeyValue("cause", failure.toString())
          .log("BoringSSL cannot be loaded; TLS uses the JDK, which needs more CPU time");
    }
    return new TlsContext(library, identity, timeout);
  }

  synchronized TlsIdentity identity() {
    return identity;
  }

  /** Returns whether a handshake's work should leave the event loop. */
  boolean needsWorkers() {
    return library.needsWorkers(identity().settings());
  }

  /** Uses another certificate for new connections; blocks. */
  void replace(TlsIdentity renewed) {
    SslContext next = library.context(renewed, ticketKeys(renewed));
    synchronized (this) {
      SslContext unused = closed ? next : current;
      if (!closed) {
        current = next;
        identity = renewed;
      }
      ReferenceCountUtil.release(unused);
    }
  }

  /**
   * Uses a new random key for session tickets. Tickets of the key before it stay valid until the
   * next rotation. Does nothing if the keys are in a file.
   */
  synchronized void rotateTicketKeys() {
    randomKeys = randomKeys.rotate();
    if (!closed && current.sessionContext() instanceof OpenSslSessionContext sessions) {
      sessions.setTicketKeys(ticketKeys(identity).toNetty());
    }
  }

  private synchronized TicketKeys ticketKeys(TlsIdentity identity) {
    TicketKeys shared = identity.ticketKeys();
    return shared == null ? randomKeys : shared;
  }

  /** Releases the native memory, when the last connection is closed. New connections fail. */
  public synchronized void close() {
    if (!closed) {
      closed = true;
      ReferenceCountUtil.release(current);
    }
  }

  synchronized SslContext current() {
    return current;
  }

  /** Locks, so that the context is not released before its engine refers to it. */
  @Override
  protected SslHandler newHandler(ByteBufAllocator allocator, boolean startTls, Executor executor) {
    SslHandler handler;
    synchronized (this) {
      handler = current.newHandler(allocator, executor);
    }
    return observed(handler);
  }

  @Override
  protected SslHandler newHandler(
      ByteBufAllocator allocator, String host, int port, boolean startTls, Executor executor) {
    SslHandler handler;
    synchronized (this) {
      handler = current.newHandler(allocator, host, port, executor);
    }
    return observed(handler);
  }

  private SslHandler observed(SslHandler handler) {
    Http2FrameTimer.observe(handler, timeout);
    return handler;
  }

  @Override
  public synchronized SSLEngine newEngine(ByteBufAllocator allocator) {
    return current.newEngine(allocator);
  }

  @Override
  public synchronized SSLEngine newEngine(ByteBufAllocator allocator, String host, int port) {
    return current.newEngine(allocator, host, port);
  }

  @Override
  public boolean isClient() {
    return false;
  }

  @Override
  public List<String> cipherSuites() {
    return current().cipherSuites();
  }

  @Override
  @SuppressWarnings("deprecation") // Abstract in the superclass.
  public ApplicationProtocolNegotiator applicationProtocolNegotiator() {
    return current().applicationProtocolNegotiator();
  }

  @Override
  public SSLSessionContext sessionContext() {
    return current().sessionContext();
  }
}
