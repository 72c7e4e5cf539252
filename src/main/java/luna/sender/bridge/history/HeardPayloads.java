package luna.sender.bridge.history;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import luna.sender.bridge.HistoryKeys;
import luna.sender.event.Position;
import org.jspecify.annotations.Nullable;

/**
 * The payloads of the last seconds. A standby keeps them until the leader has certainly appended
 * them. A leader keeps payloads until they are appended, and some seconds longer, because a new
 * master of Redis may lack them.
 *
 * <p>Units: payloads are kept for a given time, within a limit of bytes.
 *
 * <p>Owner: confined to its recorder's event loop.
 */
final class HeardPayloads {
  private static final Duration KEPT = Duration.ofSeconds(10);
  private static final long LIMIT_BYTES = 64 << 20;
  private static final int HEADS_LIMIT = 20_000;

  private final HistoryKeys names;
  private final Duration kept;
  private final long limitBytes;
  private final Map<String, RecordedAccount> accounts = new HashMap<>();

  /** The newest entries of the last accounts without payloads, while this recorder leads. */
  private final Map<String, Position> heads =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Position> eldest) {
          return size() > HEADS_LIMIT;
        }
      };

  /** The payloads of all accounts in the order of arrival. */
  private final Deque<HeardPayload> all = new ArrayDeque<>();

  private long bytes;

  /** When the newest payload was received that was removed and is perhaps not appended. */
  private long removedNanos;

  private boolean anyRemoved;

  /**
   * @param retention how long the history keeps a payload
   */
  HeardPayloads(HistoryKeys names, Duration retention) {
    this(names, retention.compareTo(KEPT) < 0 ? retention : KEPT, LIMIT_BYTES);
  }

  HeardPayloads(HistoryKeys names, Duration kept, long limitBytes) {
    this.names = names;
    this.kept = kept;
    this.limitBytes = limitBytes;
  }

  /** Returns the account, which is new if no payload of it is kept. */
  RecordedAccount account(String id) {
    return accounts.computeIfAbsent(id, this::newAccount);
  }

  private RecordedAccount newAccount(String id) {
    RecordedAccount account = new RecordedAccount(id, names);
    account.positions.start(heads.remove(id));
    return account;
  }

  /** Returns the accounts with payloads. */
  Collection<RecordedAccount> accounts() {
    return List.copyOf(accounts.values());
  }

  HeardPayload add(RecordedAccount account, byte[] text, boolean gap, long nanos) {
    HeardPayload payload = new HeardPayload(account, text, gap, nanos);
    account.add(payload);
    accounts.put(account.id, account);
    all.add(payload);
    bytes += payload.bytes();
    return payload;
  }

  /** Returns whether the oldest payload must be appended or removed before another one is added. */
  boolean isFull() {
    return bytes > limitBytes;
  }

  /** Removes what the leader need not keep: old payloads that are appended. */
  void removeAppended(long now) {
    HeardPayload oldest;
    while ((oldest = all.peek()) != null
        && oldest.isAppended()
        && (isFull() || now - oldest.nanos > kept.toNanos())) {
      removeFirst(oldest);
    }
  }

  /**
   * Removes what a standby need not keep.
   *
   * @param ledNanos when a leader was last seen; it has appended older payloads
   */
  void removeOld(long ledNanos) {
    HeardPayload oldest;
    while ((oldest = all.peek()) != null
        && (isFull() || ledNanos - oldest.nanos > kept.toNanos())) {
      if (!oldest.isAppended()) {
        removedNanos = oldest.nanos;
        anyRemoved = true;
      }
      removeFirst(oldest);
    }
  }

  private void removeFirst(HeardPayload oldest) {
    all.remove();
    bytes -= oldest.bytes();
    RecordedAccount account = oldest.account;
    account.remove(oldest);
    if (account.isEmpty() && account.preparation == null) {
      remove(account);
    }
  }

  /** Returns the start of the time from which every payload since {@code sinceNanos} is kept. */
  long completeSince(long sinceNanos) {
    return anyRemoved && removedNanos - sinceNanos >= 0 ? removedNanos + 1 : sinceNanos;
  }

  /** Returns the oldest payload that is not appended, or null if there is none. */
  @Nullable HeardPayload oldestWaiting() {
    for (HeardPayload payload : all) {
      if (!payload.isAppended()) {
        return payload;
      }
    }
    return null;
  }

  /**
   * Treats the payloads without an answer as not appended, and all streams as unknown.
   *
   * @param proposalsHold whether calls without an answer have used the proposed positions, unless
   *     they were not executed
   */
  void forgetStreams(boolean proposalsHold) {
    accounts.values().forEach(account -> account.forgetStream(proposalsHold));
    heads.clear();
  }

  /**
   * Adds a gap to an account, before its waiting payloads that were received after {@code nanos}.
   */
  void addGap(RecordedAccount account, byte[] text, long nanos) {
    HeardPayload gap = new HeardPayload(account, text, true, System.nanoTime());
    account.insert(gap, nanos);
    accounts.put(account.id, account);
    all.add(gap);
    bytes += gap.bytes();
  }

  /**
   * Records that a payload is dropped. Returns the new gap, or null if the account's newest entry
   * is a gap that has become longer.
   */
  @Nullable HeardPayload addLoss(RecordedAccount account, ServerClock clock, long nanos) {
    String end = " " + clock.latest(nanos);
    HeardPayload newest = account.newest();
    if (newest != null && newest.gap && newest.state == HeardPayload.State.WAITING) {
      String text = new String(newest.text, US_ASCII);
      newest.text = (text.substring(0, text.indexOf(' ')) + end).getBytes(US_ASCII);
      return null;
    }
    return add(account, (clock.earliest(nanos) + end).getBytes(US_ASCII), true, nanos);
  }

  /** Replaces the payloads of each account that matches by one gap, to free memory. */
  void dropAll(Predicate<RecordedAccount> matching, ServerClock clock) {
    for (RecordedAccount account : accounts()) {
      List<HeardPayload> dropped = account.payloads();
      HeardPayload first = account.waiting().stream().findFirst().orElse(null);
      if (first == null || dropped.size() == 1 || !matching.test(account)) {
        continue;
      }
      String start =
          first.gap
              ? new String(first.text, US_ASCII).split(" ", 2)[0]
              : Long.toString(clock.earliest(first.nanos));
      String times = start + " " + clock.latest(System.nanoTime());
      for (HeardPayload payload : dropped) {
        account.remove(payload);
        bytes -= payload.bytes();
      }
      all.removeIf(payload -> payload.account == account);
      add(account, times.getBytes(US_ASCII), true, first.nanos);
    }
  }

  /** Removes an account if no payload of it is kept. */
  void removeIfEmpty(RecordedAccount account) {
    if (account.isEmpty()) {
      remove(account);
    }
  }

  private void remove(RecordedAccount account) {
    Position head = account.positions.head();
    if (accounts.remove(account.id, account) && head != null) {
      heads.put(account.id, head);
    }
  }
}
