package luna.sender.cli.bench;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.net.NetClientOptions;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import luna.sender.log.CauseText;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * Publishes the messages that are due by the schedule.
 *
 * <p>Shape: the thread that calls {@link #publish} creates the payloads, because timers of an event
 * loop are only accurate to a millisecond. The event loop sends them.
 *
 * <p>Errors: the first failed PUBLISH ends the run and is reported as its failure. At most {@value
 * #MAX_UNANSWERED} messages, or {@value #MAX_UNANSWERED_BYTES} bytes, may be unanswered by Redis;
 * further messages are published late.
 *
 * <p>Owner: {@link #publish} is called once, by one thread; the rest is thread-safe.
 */
final class Publisher extends VerticleBase {
  private static final int MAX_UNANSWERED = 1024;
  private static final int MAX_UNANSWERED_BYTES = 1 << 26;
  private static final int MAX_BATCH = 64;
  private static final long BUSY_NANOS = 50_000;

  private final BenchPlan plan;
  private final BenchRun run;
  private final List<String> accounts;
  private final EventTemplates templates;
  private final int maxUnanswered;
  private final AtomicInteger unanswered = new AtomicInteger();

  final LongAdder events = new LongAdder();
  private final LongAdder messages = new LongAdder();
  private final LongAdder bytes = new LongAdder();

  /** Messages for which Redis had no subscriber. */
  private final LongAdder toNobody = new LongAdder();

  /** The delay of messages after their scheduled time. */
  private final Histogram late = LoopCounts.histogram();

  private @Nullable RedisConnection connection;
  private volatile boolean stopped;
  private volatile @Nullable Throwable failure;

  Publisher(BenchPlan plan, BenchRun run, List<String> accounts, EventTemplates templates) {
    this.plan = plan;
    this.run = run;
    this.accounts = accounts;
    this.templates = templates;
    int messageBytes = plan.eventBytes() * plan.eventsPerMessage();
    maxUnanswered = Math.min(MAX_UNANSWERED, MAX_UNANSWERED_BYTES / messageBytes);
  }

  @Override
  public Future<?> start() {
    RedisOptions options =
        new RedisOptions()
            .setConnectionString(plan.redis())
            // Needed for rediss.
            .setNetClientOptions(new NetClientOptions().setHostnameVerificationAlgorithm("HTTPS"))
            .setMaxPoolSize(1)
            .setMaxWaitingHandlers(2 * MAX_UNANSWERED);
    return Redis.createClient(vertx, options)
        .connect()
        .onSuccess(
            open -> {
              connection = open;
              open.endHandler(
                  gone -> fail(new IllegalStateException("Redis closed the connection")));
            });
  }

  /** Publishes until everything is published, {@link #halt} is called, or a PUBLISH fails. */
  void publish(PublishSchedule schedule) {
    List<Message> batch = new ArrayList<>(MAX_BATCH);
    while (!stopped) {
      long now = System.nanoTime();
      if (schedule.isOver(now)) {
        halt();
        return;
      }
      while (batch.size() < MAX_BATCH && unanswered.get() + batch.size() < maxUnanswered) {
        int account = schedule.due(now);
        if (account == PublishSchedule.NONE) {
          break;
        }
        batch.add(next(schedule, account, now));
      }
      if (batch.isEmpty()) {
        LockSupport.parkNanos(
            unanswered.get() < maxUnanswered ? schedule.idleNanos(now) : BUSY_NANOS);
      } else {
        send(List.copyOf(batch));
        batch.clear();
      }
    }
  }

  private record Message(int account, byte[] payload) {}

  private Message next(PublishSchedule schedule, int account, long now) {
    int count = plan.eventsPerMessage();
    long sequence = run.published.get(account);
    byte[] payload = templates.payload(account, sequence);
    schedule.published(account, sequence, count, now);
    late.recordValue(LoopCounts.recordable(now - schedule.timeOf(account, sequence)));
    // Set before sending, so that a client never receives a number at or above this.
    run.published.set(account, sequence + count);
    events.add(count);
    messages.increment();
    bytes.add(payload.length);
    return new Message(account, payload);
  }

  private void send(List<Message> batch) {
    unanswered.addAndGet(batch.size());
    context.runOnContext(
        go -> {
          for (Message message : batch) {
            send(message);
          }
        });
  }

  private void send(Message message) {
    RedisConnection open = connection;
    if (open == null) {
      return;
    }
    String channel = plan.channelPrefix() + ":" + accounts.get(message.account);
    open.send(Request.cmd(Command.PUBLISH).arg(channel).arg(message.payload))
        .onSuccess(
            receivers -> {
              if (receivers.toInteger() == 0) {
                toNobody.increment();
              }
            })
        .onFailure(this::fail)
        .onComplete(answered -> unanswered.decrementAndGet());
  }

  private void fail(Throwable cause) {
    if (failure == null && !stopped) {
      failure = cause;
    }
    stopped = true;
  }

  /** Stops publishing. */
  void halt() {
    stopped = true;
  }

  /** Returns the number of messages that Redis has not confirmed. */
  int unanswered() {
    return unanswered.get();
  }

  /** Returns the counts of published messages. Call it after {@link #publish} has returned. */
  BenchReport.Published published() {
    return new BenchReport.Published(
        events.sum(), messages.sum(), bytes.sum(), toNobody.sum(), unanswered.get(), late);
  }

  /** Returns what ended the run early, or null. */
  @Nullable String failure() {
    Throwable cause = failure;
    return cause == null ? null : "Redis: " + CauseText.of(cause);
  }
}
