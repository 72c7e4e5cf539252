package luna.sender.bridge.history;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.function.LongSupplier;
import luna.sender.event.DualTimestamp;
import luna.sender.log.RateLimitedLog;
import org.jspecify.annotations.Nullable;

/**
 * Adds what a recorder receives to its {@link HeardPayloads}, and gives it to the leader.
 *
 * <p>Errors: payloads that exceed the limit of memory become a gap.
 *
 * <p>Owner: confined to its recorder's event loop.
 */
final class EventIntake {
  private final HeardPayloads payloads;
  private final ServerClock clock;
  private final LongSupplier ledNanos;
  private final RateLimitedLog log = RateLimitedLog.of(Recorder.class);

  /**
   * @param ledNanos returns when another leader was last seen
   */
  EventIntake(HeardPayloads payloads, ServerClock clock, LongSupplier ledNanos) {
    this.payloads = payloads;
    this.clock = clock;
    this.ledNanos = ledNanos;
  }

  /**
   * Adds a payload.
   *
   * @param leader null on a standby
   */
  void heard(String account, byte[] payload, @Nullable Leadership leader) {
    long now = System.nanoTime();
    if (payloads.isFull()) {
      makeRoom(now, leader);
    }
    add(account, payload, false, now, leader);
  }

  /**
   * Adds a gap until now.
   *
   * @param since its start
   * @param leader null on a standby
   */
  void missed(String account, DualTimestamp since, @Nullable Leadership leader) {
    long now = System.nanoTime();
    String times = clock.earliest(since.nanos()) + " " + clock.latest(now);
    add(account, times.getBytes(US_ASCII), true, now, leader);
  }

  private void add(String id, byte[] text, boolean gap, long now, @Nullable Leadership leader) {
    RecordedAccount account = payloads.account(id);
    if (leader == null) {
      payloads.add(account, text, gap, now);
      return;
    }
    if (account.isRecorded(text, now)) {
      return;
    }
    if (account.isEmpty() && leader.isPrepared()) {
      account.prepared = true;
    }
    HeardPayload added =
        payloads.isFull()
            ? payloads.addLoss(account, clock, now)
            : payloads.add(account, text, gap, now);
    if (added != null) {
      leader.add(added);
    }
  }

  private void makeRoom(long now, @Nullable Leadership leader) {
    if (leader == null) {
      payloads.removeOld(ledNanos.getAsLong());
      return;
    }
    payloads.removeAppended(now);
    if (payloads.isFull()) {
      payloads.dropAll(leader::isBroken, clock);
      log.atWarn("full").log("Redis appends too slowly; dropping events, with a gap");
    }
  }
}
