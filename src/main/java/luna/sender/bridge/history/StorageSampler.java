package luna.sender.bridge.history;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import luna.sender.bridge.HistoryKeys;
import luna.sender.bridge.RedisErrors;
import luna.sender.config.RedisAddress;
import luna.sender.log.RateLimitedLog;
import luna.sender.metrics.GuardedTask;
import luna.sender.metrics.Metrics;
import luna.sender.metrics.StorageMetrics;

/**
 * Estimates how much Redis stores for the history: finds all streams by SCAN, and measures some of
 * them.
 *
 * <p>How: {@value #SAMPLES} streams of each page of SCAN are measured and represent the page. There
 * is a pause of {@value #PAUSE_MILLIS} ms between pages, so that the load on Redis is low however
 * many accounts there are.
 *
 * <p>Errors: the last estimate remains.
 *
 * <p>Owner: confined to its event loop.
 *
 * <p>Source: https://redis.io/docs/latest/commands/memory-usage/
 */
public final class StorageSampler extends VerticleBase {
  /** The pause between two estimates. */
  public static final Duration INTERVAL = Duration.ofMinutes(1);

  static final int SAMPLES = 8;
  private static final int PAUSE_MILLIS = 100;
  private static final Duration REMINDER = Duration.ofHours(1);

  private final RedisAddress address;
  private final Metrics metrics;
  private final Duration interval;
  private final HistoryKeys keys;
  private final RateLimitedLog log = RateLimitedLog.reminding(StorageSampler.class, REMINDER);

  private boolean running;
  private long timer = -1;

  /**
   * @param interval the pause between two estimates
   */
  public StorageSampler(RedisAddress address, Metrics metrics, Duration interval) {
    this.address = address;
    this.metrics = metrics;
    this.interval = interval;
    this.keys = new HistoryKeys(address.channelPrefix());
  }

  @Override
  public Future<?> start() {
    timer = metrics.guard().periodic(vertx, GuardedTask.HISTORY_READ, interval, this::measure);
    return Future.succeededFuture();
  }

  @Override
  public Future<?> stop() {
    vertx.cancelTimer(timer);
    return Future.succeededFuture();
  }

  /** The sums of one estimate. */
  private static final class Sums {
    long accounts;
    double entries;
    double bytes;
    long largestBytes;

    void add(int pageAccounts, List<StreamSize> samples) {
      double weight = (double) pageAccounts / Math.max(1, samples.size());
      accounts += pageAccounts;
      for (StreamSize sample : samples) {
        entries += weight * sample.entries();
        bytes += weight * sample.bytes();
        largestBytes = Math.max(largestBytes, sample.bytes());
      }
    }

    StorageMetrics.Estimate estimate() {
      return new StorageMetrics.Estimate(accounts, entries, bytes, largestBytes);
    }
  }

  private void measure() {
    if (running) {
      return;
    }
    running = true;
    Sums sums = new Sums();
    metrics
        .guard()
        .ask(
            GuardedTask.HISTORY_READ,
            () ->
                new BriefConnection(vertx, address)
                    .runAtEachMaster(
                        send ->
                            new StreamScan(List.of(send), keys)
                                .forEachPage(accounts -> sample(send, sums, accounts))),
            done -> {
              running = false;
              if (done.succeeded()) {
                metrics.storage().estimated(sums.estimate());
              } else if (RedisErrors.isAnswer(done.cause())) {
                log.atWarn("rejected")
                    .addKeyValue("error", RedisErrors.text(done.cause()))
                    .log("Redis rejects a command that measures the history");
              }
            });
  }

  private Future<Void> sample(
      Function<Request, Future<Response>> send, Sums sums, List<String> accounts) {
    List<String> sampled = new ArrayList<>(accounts);
    Collections.shuffle(sampled);
    List<Future<StreamSize>> sizes = new ArrayList<>();
    for (String account : sampled.subList(0, Math.min(SAMPLES, sampled.size()))) {
      sizes.add(
          StreamSize.read(send, keys.stream(account))
              .onSuccess(size -> metrics.accounts().stored(account, size.entries(), size.bytes())));
    }
    return Future.all(sizes)
        .compose(
            read -> {
              sums.add(accounts.size(), read.list());
              return pause();
            });
  }

  private Future<Void> pause() {
    Promise<Void> ended = Promise.promise();
    metrics
        .guard()
        .timer(vertx, GuardedTask.HISTORY_READ, Duration.ofMillis(PAUSE_MILLIS), ended::complete);
    return ended.future();
  }
}
