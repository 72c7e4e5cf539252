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
import java.util.function.Consumer;
import luna.sender.cli.client.Backoff;
import luna.sender.cli.client.MessageAssembler;
import luna.sender.cli.client.RetryAfter;
import luna.sender.cli.command.ProcessExit;
import luna.sender.log.PrintableText;
import org.jspecify.annotations.Nullable;

/**
 * Connects, prints each message, and reconnects if the close code allows it.
 *
 * <p>Errors: reports the reason for the end to {@code status} and in the exit code of {@link #run}.
 *
 * <p>Owner: confined to one event loop; {@link #run} and {@link #halt} may be called from any
 * thread.
 */
public final class Tail {
  /** The maximum size of queued output. Above it, nothing is read from the network. */
  private static final long OUTPUT_LIMIT_BYTES = 8L << 20;

  /** The additional time for a pong on a slow network or a busy machine. */
  private static final Duration PONG_GRACE = Duration.ofSeconds(5);

  private static final Duration MAX_PAUSE = Duration.ofSeconds(30);
  private static final Duration FLUSH_TIMEOUT = Duration.ofSeconds(5);
  private static final short NORMAL = 1000;
  private static final int ABNORMAL = 1006;

  private final TailSettings settings;
  private final Consumer<String> status;
  private final Vertx vertx;
  private final Context context;
  private final Connector connector;
  private final LineWriter lines;
  private final EventLine eventLine;
  private final Resume resume;
  private final Backoff pause =
      new Backoff(() -> ThreadLocalRandom.current().nextDouble(), MAX_PAUSE);
  private final CompletableFuture<Integer> ended = new CompletableFuture<>();

  private @Nullable WebSocket socket;
  private MessageAssembler messages = new MessageAssembler();
  private boolean paused;
  private boolean opened;
  private long lastReadNanos;
  private long events;
  private long connections;

  /**
   * @param out output for the lines
   * @param status receives sentences about the connection
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
    this.connector = new Connector(vertx, settings, token);
    this.resume = new Resume(settings.start(), Instant.now());
    this.eventLine = new EventLine(colours, Clock.systemDefaultZone());
    this.lines =
        new LineWriter(
            out,
            OUTPUT_LIMIT_BYTES,
            () -> context.runOnContext(room -> resume()),
            () -> end(ExitCode.DONE));
  }

  /** Runs until the end and returns the exit code. */
  public int run() throws InterruptedException {
    try {
      connector.warnings().forEach(status);
      context.runOnContext(start -> connect());
      context.runOnContext(
          start -> vertx.setPeriodic(settings.pingInterval().toMillis(), tick -> probe()));
      return ended.get();
    } catch (ExecutionException impossible) {
      throw new IllegalStateException(impossible);
    } finally {
      lines.finish(FLUSH_TIMEOUT);
      ProcessExit.close(vertx);
    }
  }

  /** Stops with exit code 0. */
  public void halt() {
    end(ExitCode.DONE);
  }

  private void end(int exitCode) {
    if (!ended.complete(exitCode)) {
      return;
    }
    if (resume.isWanted() && resume.position() != null) {
      inform("continue with --after " + resume.position());
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
      connector.connect(resume.query()).onSuccess(this::open).onFailure(this::failed);
    } catch (IllegalArgumentException tokenIsGone) {
      status.accept(String.valueOf(tokenIsGone.getMessage()));
      end(ExitCode.USAGE);
    }
  }

  private void open(WebSocket opening) {
    socket = opening;
    messages = new MessageAssembler();
    paused = false;
    lastReadNanos = System.nanoTime();
    opening.frameHandler(this::frame);
    opening.pongHandler(answer -> lastReadNanos = System.nanoTime());
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
    inform((connections == 1 ? "connected to " : "reconnected to ") + settings.endpoint().text());
    HandshakeWarnings.of(opening.headers()).forEach(status);
  }

  private void frame(WebSocketFrame frame) {
    lastReadNanos = System.nanoTime();
    Buffer message = messages.add(frame);
    if (message != null && !ended.isDone()) {
      message(message.getBytes());
    }
  }

  private void message(byte[] received) {
    // Only a connection that receives a message counts as successful.
    pause.reset();
    byte[] message = resume.received(received);
    if (message == null) {
      return;
    }
    if (NoticeText.is(message)) {
      notice(message);
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

  /** Reports what is not an event: as JSON if the user asked for it, else as a sentence. */
  private void notice(byte[] message) {
    boolean asked =
        NoticeText.isOfHistory(message) ? resume.isShown() : settings.gaps() || settings.stats();
    if (settings.json() && asked) {
      print(JsonLine.of(message));
    } else if (asked || !NoticeText.isOfHistory(message)) {
      status.accept(NoticeText.text(message));
    } else if (connections > 1 || resume.isWanted()) {
      inform(NoticeText.text(message));
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
      lastReadNanos = System.nanoTime();
      socket.resume();
    }
  }

  /** Sends a ping, or closes a connection on which nothing has arrived for long. */
  private void probe() {
    if (socket == null || socket.isClosed() || paused) {
      return;
    }
    // Three pings without a pong.
    Duration silence = Duration.ofNanos(System.nanoTime() - lastReadNanos);
    if (silence.compareTo(settings.pingInterval().multipliedBy(3).plus(PONG_GRACE)) > 0) {
      status.accept("nothing received for " + silence.toSeconds() + " s");
      socket.close();
    } else {
      socket.writePing(Buffer.buffer());
    }
  }

  private void closed(WebSocket lost) {
    socket = null;
    Short given = lost.closeStatusCode();
    int code = given == null ? ABNORMAL : given;
    String reason = lost.closeReason();
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
      if (code == 400 && resume.withoutHistory(ConnectError.text(refusal))) {
        if (resume.position() != null) {
          status.accept("the service has no history any more: events may be missing");
        }
        connect();
        return;
      }
      ReconnectDecision decision = ReconnectDecision.ofStatus(code, !opened);
      String retryAfter = refusal.getHeaders().get("Retry-After");
      next(decision, ConnectError.text(refusal), RetryAfter.parse(retryAfter, Instant.now()));
      return;
    }
    ReconnectDecision decision =
        new ReconnectDecision(
            opened ? ReconnectDecision.Next.RECONNECT : ReconnectDecision.Next.STOP,
            ExitCode.NOT_CONNECTED,
            "");
    next(
        decision,
        "cannot connect to " + settings.endpoint().text() + ": " + ConnectError.reason(failure),
        null);
  }

  private void inform(String text) {
    if (!settings.quiet()) {
      status.accept(text);
    }
  }

  private void next(ReconnectDecision decision, String what, @Nullable Duration retryAfter) {
    if (ended.isDone()) {
      return;
    }
    String hint = decision.hint().isEmpty() ? "" : "; " + decision.hint();
    boolean again =
        switch (decision.next()) {
          case RECONNECT -> settings.reconnect();
          case NEW_TOKEN -> settings.reconnect() && connector.hasNewToken();
          case STOP -> false;
        };
    if (!again) {
      boolean noNewToken =
          decision.next() == ReconnectDecision.Next.NEW_TOKEN && settings.reconnect();
      status.accept(what + hint + (noNewToken ? "; no newer token available" : ""));
      end(
          opened && decision.exitCode() == ExitCode.NOT_CONNECTED
              ? ExitCode.LOST
              : decision.exitCode());
      return;
    }
    Duration wait = retryAfter == null ? pause.next() : pause.afterRetryAfter(retryAfter);
    inform(
        String.format(
            Locale.ROOT, "%s%s; next attempt in %.1f s", what, hint, wait.toMillis() / 1000.0));
    vertx.setTimer(Math.max(1, wait.toMillis()), due -> connect());
  }
}
