package luna.sender.cli.publish;

import io.vertx.core.Future;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import luna.sender.cli.publish.PayloadBuilder.Payload;
import org.jspecify.annotations.Nullable;

/**
 * Reads, checks, wraps, and publishes at its pace; counts what became of it.
 *
 * <p>Units: the rate is of payloads per second, by a fixed schedule from the first on: what is late
 * is caught up.
 *
 * <p>Errors: {@link InvalidInputException}; {@link PublishException} with Redis's words.
 *
 * <p>Owner: one thread, but for {@link #halt}.
 */
public final class PublishJob {
  /** Payloads that Redis has not answered yet: enough to hide the way there and back. */
  private static final int WINDOW = 64;

  private static final double NANOS = 1e9;

  private final Function<byte[], Future<Integer>> outlet;
  private final double rate;
  private final @Nullable PayloadBuilder wrapping;
  private final Deque<Future<Integer>> unanswered = new ArrayDeque<>(WINDOW);
  private volatile boolean halted;
  private long startNanos;
  private long sent;
  private long payloads;
  private long events;
  private long notices;
  private long toNobody;
  private int fewest = Integer.MAX_VALUE;
  private int most;

  /**
   * @param outlet publishes, and answers how many got it
   * @param rate payloads per second; 0 = as fast as Redis takes them
   * @param validate whether the input is of the contract's forms; if not, each line is sent as it
   *     is
   */
  public PublishJob(Function<byte[], Future<Integer>> outlet, double rate, boolean validate) {
    this.outlet = outlet;
    this.rate = rate;
    this.wrapping = validate ? new PayloadBuilder(Clock.systemDefaultZone()) : null;
  }

  /** Reads all of it and publishes nothing. */
  public void check(String source, InputStream in)
      throws InvalidInputException, IOException, InterruptedException {
    if (wrapping != null) {
      PayloadBuilder wrap = wrapping;
      ItemReader.read(source, in, item -> wrap.wrap(source, item));
    }
  }

  /** Publishes all of it, and returns when Redis has answered. */
  public void publish(String source, InputStream in)
      throws InvalidInputException, IOException, InterruptedException, PublishException {
    try {
      if (wrapping == null) {
        lines(in);
      } else {
        PayloadBuilder wrap = wrapping;
        ItemReader.read(
            source,
            in,
            item -> {
              Payload payload = wrap.wrap(source, item);
              if (payload == null) {
                notices++;
              } else {
                send(payload);
              }
            });
      }
    } catch (Halted ended) {
      // What is on its way is still waited for.
    } finally {
      while (!unanswered.isEmpty()) {
        settle();
      }
    }
  }

  private void lines(InputStream in) throws IOException, InterruptedException {
    // Each byte is one character and becomes that byte again, whatever the encoding is.
    BufferedReader reader =
        new BufferedReader(new InputStreamReader(in, StandardCharsets.ISO_8859_1));
    String line;
    while ((line = reader.readLine()) != null) {
      if (!line.isBlank()) {
        send(new Payload(line.getBytes(StandardCharsets.ISO_8859_1), 0));
      }
    }
  }

  /** Publishes nothing more. */
  public void halt() {
    halted = true;
  }

  private void send(Payload payload) throws IOException, InterruptedException {
    awaitTurn();
    while (unanswered.size() >= WINDOW || isAnswered(unanswered.peek())) {
      settle();
    }
    unanswered.add(outlet.apply(payload.json()));
    sent++;
    events += payload.events();
  }

  private static boolean isAnswered(@Nullable Future<Integer> oldest) {
    return oldest != null && oldest.isComplete();
  }

  private void awaitTurn() throws InterruptedException, Halted {
    if (sent == 0) {
      startNanos = System.nanoTime();
    }
    long due = rate == 0 ? 0 : startNanos + Math.round(sent / rate * NANOS);
    while (!halted && rate > 0 && due - System.nanoTime() > 0) {
      LockSupport.parkNanos(Math.min(due - System.nanoTime(), 100_000_000));
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
    }
    if (halted) {
      throw new Halted();
    }
  }

  private void settle() throws InterruptedException, PublishException {
    try {
      int receivers = unanswered.remove().toCompletionStage().toCompletableFuture().get();
      payloads++;
      toNobody += receivers == 0 ? 1 : 0;
      fewest = Math.min(fewest, receivers);
      most = Math.max(most, receivers);
    } catch (ExecutionException failure) {
      unanswered.clear();
      Throwable cause = failure.getCause() == null ? failure : failure.getCause();
      throw new PublishException(String.valueOf(cause.getMessage()));
    }
  }

  /** What Redis has confirmed so far. */
  public PublishReport report() {
    return new PublishReport(payloads, events, notices, toNobody, payloads == 0 ? 0 : fewest, most);
  }

  /** Leaves the reading of the input. */
  private static final class Halted extends IOException {
    private static final long serialVersionUID = 1;
  }
}
