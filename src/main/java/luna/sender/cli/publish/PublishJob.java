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
import luna.sender.log.CauseText;
import org.jspecify.annotations.Nullable;

/**
 * Reads, validates, wraps and publishes payloads at a given rate, and counts the results.
 *
 * <p>Units: the rate is in payloads per second, on a fixed schedule from the first one. Late
 * payloads are sent as soon as possible, to catch up.
 *
 * <p>Errors: {@link InvalidInputException}; {@link PublishException} with the message from Redis.
 *
 * <p>Owner: one thread, except for {@link #halt}.
 */
public final class PublishJob {
  /** How many payloads may be unanswered, enough to hide the round-trip time. */
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
   * @param outlet publishes a payload and returns the number of its subscribers
   * @param rate payloads per second; 0 = as fast as Redis accepts them
   * @param validate whether to validate the input; if not, each line is published unchanged
   */
  public PublishJob(Function<byte[], Future<Integer>> outlet, double rate, boolean validate) {
    this.outlet = outlet;
    this.rate = rate;
    this.wrapping = validate ? new PayloadBuilder(Clock.systemDefaultZone()) : null;
  }

  /** Validates a whole stream and publishes nothing. */
  public void check(String source, InputStream in)
      throws InvalidInputException, IOException, InterruptedException {
    if (wrapping != null) {
      PayloadBuilder wrap = wrapping;
      ItemReader.read(source, in, item -> wrap.wrap(source, item));
    }
  }

  /** Publishes a whole stream. Returns when Redis has confirmed all payloads. */
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
      // Still wait for the payloads that were sent.
    } finally {
      while (!unanswered.isEmpty()) {
        awaitOldest();
      }
    }
  }

  private void lines(InputStream in) throws IOException, InterruptedException {
    // One character per byte, so each line keeps its bytes in any encoding.
    BufferedReader reader =
        new BufferedReader(new InputStreamReader(in, StandardCharsets.ISO_8859_1));
    String line;
    while ((line = reader.readLine()) != null) {
      if (!line.isBlank()) {
        send(new Payload(line.getBytes(StandardCharsets.ISO_8859_1), 0));
      }
    }
  }

  /** Stops publishing. */
  public void halt() {
    halted = true;
  }

  private void send(Payload payload) throws IOException, InterruptedException {
    awaitSchedule();
    while (unanswered.size() >= WINDOW || isAnswered(unanswered.peek())) {
      awaitOldest();
    }
    unanswered.add(outlet.apply(payload.json()));
    sent++;
    events += payload.events();
  }

  private static boolean isAnswered(@Nullable Future<Integer> oldest) {
    return oldest != null && oldest.isComplete();
  }

  private void awaitSchedule() throws InterruptedException, Halted {
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

  private void awaitOldest() throws InterruptedException, PublishException {
    try {
      int receivers = unanswered.remove().toCompletionStage().toCompletableFuture().get();
      payloads++;
      toNobody += receivers == 0 ? 1 : 0;
      fewest = Math.min(fewest, receivers);
      most = Math.max(most, receivers);
    } catch (ExecutionException failure) {
      unanswered.clear();
      throw new PublishException(CauseText.of(failure));
    }
  }

  /** Returns what Redis has confirmed so far. */
  public PublishReport report() {
    return new PublishReport(payloads, events, notices, toNobody, payloads == 0 ? 0 : fewest, most);
  }

  /** Stops reading the input. */
  private static final class Halted extends IOException {
    private static final long serialVersionUID = 1;
  }
}
