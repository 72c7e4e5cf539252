package luna.sender.cli.tail;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.UpgradeRejectedException;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketFrame;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import luna.sender.cli.client.MessageAssembler;
import luna.sender.log.PrintableText;
import org.jspecify.annotations.Nullable;

/**
 * Connects, prints each message, and connects again where the end of a connection asks for that.
 *
 * <p>Errors: what ends it is told by {@code status}, and by the exit code that {@link #run}
 * returns.
 *
 * <p>Owner: confined to one event loop; {@link #run} and {@link #halt} may be called from any
 * thread.
 */
public final class Tail {
  /** What may wait for a reader of the output before no more is read from the network. */
  private static final long OUTPUT_LIMIT_BYTES = 8L << 20;

  /** That an answer may take on a slow network or a busy machine. */
  private static final Duration LATE = Duration.ofSeconds(5);

  private static final Duration LAST_WORDS = Duration.ofSeconds(5);
  private static final short NORMAL = 1000;
  private static final int ABNORMAL = 1006;

  private final TailSettings settings;
  private final Consumer<String> status;
  private final Vertx vertx;
  private final Context context;
  private final Connector dialer;
  private final LineWriter lines;
  private final EventLine eventLine;
  private final Backoff pause = new Backoff(() -> ThreadLocalRandom.current().nextDouble());
  private final CompletableFuture<Integer> ended = new CompletableFuture<>();

  private @Nullable WebSocket socket;
  private MessageAssembler messages = new MessageAssembler();
  private boolean paused;
  private boolean opened;
  private long heardNanos;
  private long events;
  private long connections;

  /**
   * @param out where the lines go
   * @param status takes sentences about the connection
   */
  public Tail(
      TailSettings settings,
      TokenSource token,
      boolean colours,
      OutputStream out,
      Consumer<String> status) {
    this.settings = settings;
    this.status = status;
    this.vertx =
        Vertx.vertx(
            new VertxOptions()
                .setEventLoopPoolSize(1)
                .setFileSystemOptions(
                    new FileSystemOptions()
                        .setFileCachingEnabled(false)
                        .setClassPathResolvingEnabled(false)));
    this.context = vertx.getOrCreateContext();
    this.dialer = new Connector(vertx, settings, token);
    this.eventLine = new EventLine(colours, Clock.systemDefaultZone());
    this.lines =
        new LineWriter(
            out,
            OUTPUT_LIMIT_BYTES,
            () -> context.runOnContext(room -> resume()),
            () -> end(ExitCode.DONE));
  }

  /** Returns the exit code when it has ended. */
  public int run() throws InterruptedException {
    try {
      dialer.warnings().forEach(status);
      context.runOnContext(start -> connect());
      context.runOnContext(
          start -> vertx.setPeriodic(settings.pingInterval().toMillis(), tick -> probe()));
      return ended.get();
    } catch (ExecutionException impossible) {
      throw new IllegalStateException(impossible);
    } finally {
      lines.finish(LAST_WORDS);
      close();
    }
  }

  /** Ends it as a limit does. */
  public void halt() {
    end(ExitCode.DONE);
  }

  private void close() throws InterruptedException {
    try {
      vertx.close().toCompletionStage().toCompletableFuture().get(2, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException unclean) {
      // The process ends anyway.
    }
  }

  private void end(int exitCode) {
    if (!ended.complete(exitCode)) {
      return;
    }
    context.runOnContext(
        leave -> {
          if (socket != null && !socket.isClosed()) {
            socket.close(NORMAL);
          }
        });
  }

  private void connect() {
    if (ended.isDone()) {
      return;
    }
    try {
      dialer.dial().onSuccess(this::open).onFailure(this::failed);
    } catch (IllegalArgumentException tokenIsGone) {
      status.accept(String.valueOf(tokenIsGone.getMessage()));
      end(ExitCode.USAGE);
    }
  }

  private void open(WebSocket opening) {
    socket = opening;
    messages = new MessageAssembler();
    paused = false;
    heardNanos = System.nanoTime();
    opening.frameHandler(this::frame);
    opening.pongHandler(answer -> heardNanos = System.nanoTime());
    opening.exceptionHandler(broken -> {});
    opening.closeHandler(closed -> closed(opening));
    connections++;
    if (ended.isDone()) {
      opening.close(NORMAL);
      return;
    }
    Duration time = settings.time();
    if (!opened && time != null) {
      vertx.setTimer(Math.max(1, time.toMillis()), over -> end(ExitCode.DONE));
    }
    opened = true;
    inform(
        (connections == 1 ? "connected to " : "connected again to ") + settings.endpoint().text());
    IgnoredParameters.warning(opening.headers().get(IgnoredParameters.HEADER)).ifPresent(status);
  }

  private void frame(WebSocketFrame frame) {
    heardNanos = System.nanoTime();
    Buffer message = messages.add(frame);
    if (message != null && !ended.isDone()) {
      message(message.getBytes());
    }
  }

  private void message(byte[] message) {
    // Only a connection that brings something is a good one.
    pause.reset();
    if (NoticeText.is(message)) {
      if (settings.json()) {
        print(JsonLine.of(message));
      } else {
        status.accept(NoticeText.text(message));
      }
      return;
    }
    print(
        settings.json()
            ? JsonLine.of(message)
            : (eventLine.of(message) + "\n").getBytes(StandardCharsets.UTF_8));
    events++;
    if (events == settings.limit()) {
      end(ExitCode.DONE);
    }
  }

  private void print(byte[] line) {
    WebSocket from = socket;
    if (!lines.add(line) && !paused && from != null) {
      paused = true;
      from.pause();
    }
  }

  private void resume() {
    if (paused && socket != null) {
      paused = false;
      heardNanos = System.nanoTime();
      socket.resume();
    }
  }

  /** A peer that is gone without a word would be waited for until somebody notices. */
  private void probe() {
    if (socket == null || socket.isClosed() || paused) {
      return;
    }
    // Not even the answers to three pings.
    Duration silence = Duration.ofNanos(System.nanoTime() - heardNanos);
    if (silence.compareTo(settings.pingInterval().multipliedBy(3).plus(LATE)) > 0) {
      status.accept("nothing received for " + silence.toSeconds() + " s");
      socket.close();
    } else {
      socket.writePing(Buffer.buffer());
    }
  }

  private void closed(WebSocket gone) {
    socket = null;
    Short given = gone.closeStatusCode();
    int code = given == null ? ABNORMAL : given;
    String reason = gone.closeReason();
    String text =
        "connection lost ("
            + code
            + (reason == null || reason.isEmpty() ? "" : " " + PrintableText.of(reason))
            + ")";
    next(ReconnectDecision.ofClose(code), text, null);
  }

  private void failed(Throwable failure) {
    if (failure instanceof UpgradeRejectedException refusal) {
      int code = refusal.getStatus();
      ReconnectDecision verdict = ReconnectDecision.ofStatus(code, !opened);
      String retryAfter = refusal.getHeaders().get("Retry-After");
      next(
          verdict,
          ConnectError.text(refusal),
          ReconnectDecision.retryAfter(retryAfter, Instant.now()));
      return;
    }
    ReconnectDecision verdict =
        new ReconnectDecision(
            opened ? ReconnectDecision.Next.AGAIN : ReconnectDecision.Next.STOP,
            ExitCode.NOT_CONNECTED,
            "");
    next(
        verdict,
        "cannot connect to " + settings.endpoint().text() + ": " + ConnectError.reason(failure),
        null);
  }

  private void inform(String text) {
    if (!settings.quiet()) {
      status.accept(text);
    }
  }

  private void next(ReconnectDecision verdict, String what, @Nullable Duration retryAfter) {
    if (ended.isDone()) {
      return;
    }
    String hint = verdict.hint().isEmpty() ? "" : "; " + verdict.hint();
    boolean again =
        switch (verdict.next()) {
          case AGAIN -> settings.reconnect();
          case NEW_TOKEN -> settings.reconnect() && dialer.hasNewToken();
          case STOP -> false;
        };
    if (!again) {
      boolean noNewToken =
          verdict.next() == ReconnectDecision.Next.NEW_TOKEN && settings.reconnect();
      status.accept(what + hint + (noNewToken ? "; there is no newer one" : ""));
      end(
          opened && verdict.exitCode() == ExitCode.NOT_CONNECTED
              ? ExitCode.LOST
              : verdict.exitCode());
      return;
    }
    Duration wait = retryAfter == null ? pause.next() : pause.asked(retryAfter);
    inform(
        String.format(
            Locale.ROOT, "%s%s; next attempt in %.1f s", what, hint, wait.toMillis() / 1000.0));
    vertx.setTimer(Math.max(1, wait.toMillis()), due -> connect());
  }
}
