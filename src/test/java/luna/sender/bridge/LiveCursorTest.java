package luna.sender.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import luna.sender.event.Gap;
import luna.sender.event.HistoryEntry;
import luna.sender.event.HistoryPage;
import luna.sender.event.HistoryPage.Outcome;
import luna.sender.event.HistoryRequest.After;
import luna.sender.event.HistoryRequest.Range;
import luna.sender.event.HistoryRequest.Since;
import luna.sender.event.Position;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Tests the cursor with live messages, pages and lost connections in every order that a seed
 * produces, against a model of the stream.
 */
final class LiveCursorTest {
  private static final int SEEDS = 10_000;
  private static final int STEPS = 80;

  /** What happens to the stream besides appends. */
  enum Damage {
    NONE,
    /** Old entries are removed. */
    TRIM,
    /** All entries are removed, and another epoch begins. */
    EMPTY,
    /** The newest entries are removed, and others are appended under their numbers. */
    FAILOVER,
    /** The newest entries are removed, and then appended again under their positions. */
    RESTORE
  }

  @ParameterizedTest
  @EnumSource
  void everyEntryIsDeliveredOnceAndInOrderOrReportedAsLost(Damage damage) {
    for (int seed = 0; seed < SEEDS; seed++) {
      Model model = new Model(new Random(seed), damage);
      for (int step = 0; step < STEPS; step++) {
        model.step();
      }
      model.settle();
      model.check("damage " + damage + ", seed " + seed);
    }
  }

  @Test
  void repeatedMessageIsNotDelivered() {
    LiveCursor cursor = new LiveCursor();
    cursor.start(position(3));
    assertThat(cursor.accepts(position(4))).isTrue();
    cursor.delivered(position(4));
    assertThat(cursor.accepts(position(4))).isFalse();
    assertThat(cursor.accepts(position(3))).isFalse();
    assertThat(cursor.isBehind()).isFalse();
  }

  @Test
  void missingNumberRequestsAPageAfterTheLastDeliveredOne() {
    LiveCursor cursor = new LiveCursor();
    cursor.start(position(3));
    assertThat(cursor.accepts(position(5))).isFalse();
    assertThat(cursor.isBehind()).isTrue();
    assertThat(cursor.request()).isEqualTo(new After(position(3)));
  }

  @Test
  void pageThatDoesNotReachTheSeenNumberIsRequestedAgainForAWhile() {
    LiveCursor cursor = new LiveCursor();
    cursor.start(position(3));
    assertThat(cursor.accepts(position(9))).isFalse();
    HistoryPage page =
        new HistoryPage(List.of(), position(3), position(3), false, Outcome.COMPLETE, 0);
    for (int i = 0; i < LiveCursor.STALLS_LIMIT; i++) {
      cursor.request();
      cursor.ended(page, cursor.part(page));
      assertThat(cursor.isBehind()).isTrue();
      assertThat(cursor.isStalled()).isTrue();
    }
    cursor.ended(page, cursor.part(page));
    assertThat(cursor.isBehind()).isFalse();
    assertThat(cursor.accepts(position(4))).isTrue();
  }

  private static Position position(long number) {
    return new Position("a", number, 1000 + number, 0, Position.END);
  }

  /** A stream, its subscriber, and what the cursor has delivered. */
  private static final class Model {
    private static final int PAGE = 3;

    private final Random random;
    private final Damage damage;
    private final LiveCursor cursor = new LiveCursor();

    /** The entries of the stream. */
    private final List<Position> stream = new ArrayList<>();

    /** All entries that were ever in the stream, except those that only a former master had. */
    private final List<Position> everywhere = new ArrayList<>();

    /** Published messages that have not arrived. */
    private final Deque<Position> inFlight = new ArrayDeque<>();

    /** The delivered positions; null where a loss was reported. */
    private final List<@Nullable Position> delivered = new ArrayList<>();

    private String epoch = "a";
    private long number;
    private long millis = 1000;
    private long sequence;
    private Position head = new Position("a", 0, 1000, 0, Position.END);
    private Position start = head;
    private boolean connected = true;
    private @Nullable Range requested;

    Model(Random random, Damage damage) {
      this.random = random;
      this.damage = damage;
      for (int i = random.nextInt(4); i > 0; i--) {
        append();
      }
    }

    void step() {
      switch (random.nextInt(12)) {
        case 0, 1, 2, 3 -> append();
        case 4, 5, 6 -> arrive();
        case 7 -> disconnect();
        case 8 -> connect();
        case 9, 10 -> answer();
        default -> {
          if (random.nextInt(4) == 0) {
            damage();
          } else if (connected && !everywhere.isEmpty()) {
            // A server that replicates sends a message a second time.
            inFlight.add(everywhere.get(random.nextInt(everywhere.size())));
          }
        }
      }
    }

    private void append() {
      boolean sameMillis = random.nextInt(3) == 0;
      millis += sameMillis ? 0 : 1 + random.nextInt(2);
      sequence = sameMillis ? sequence + 1 : 0;
      number++;
      head = new Position(epoch, number, millis, sequence, Position.END);
      stream.add(head);
      everywhere.add(head);
      if (connected) {
        inFlight.add(head);
      }
    }

    private void arrive() {
      Position position = inFlight.poll();
      if (position == null) {
        return;
      }
      if (cursor.accepts(position)) {
        deliver(position);
      }
      request();
    }

    private void deliver(Position position) {
      delivered.add(position);
      cursor.delivered(position);
    }

    private void disconnect() {
      connected = false;
      // Some of the messages have arrived before.
      while (inFlight.size() > 0 && random.nextBoolean()) {
        arrive();
      }
      inFlight.clear();
    }

    private void connect() {
      if (connected && cursor.isStarted()) {
        return;
      }
      connected = true;
      if (cursor.isStarted()) {
        cursor.expectMissing();
        request();
      } else {
        start = head;
        for (int i = random.nextInt(3); i > 0; i--) {
          arrive();
        }
        cursor.start(start);
        request();
      }
    }

    private void request() {
      if (requested == null && cursor.isStarted() && cursor.isBehind()) {
        requested = cursor.request();
      }
    }

    private void answer() {
      if (requested == null) {
        return;
      }
      HistoryPage page =
          requested instanceof After after ? after(after.position()) : since((Since) requested);
      requested = null;
      LiveCursor.Part part = cursor.part(page);
      if (part.lost()) {
        delivered.add(null);
      }
      part.entries().forEach(entry -> deliver(entry.position()));
      cursor.ended(page, part);
      request();
    }

    private HistoryPage after(Position position) {
      if (position.epoch().equals(epoch) && position.number() <= number) {
        int index = stream.indexOf(position);
        Position oldest = stream.isEmpty() ? null : stream.get(0);
        if (index >= 0) {
          return page(index + 1, position, Outcome.COMPLETE, 0);
        }
        if (oldest == null ? head.equals(position) : oldest.number() == position.number() + 1) {
          return page(0, position, Outcome.COMPLETE, 0);
        }
        if (oldest == null ? position.number() < number : oldest.number() > position.number()) {
          return page(0, begin(0), Outcome.PARTIAL, 1);
        }
      }
      return page(0, begin(0), Outcome.EXPIRED, Gap.UNKNOWN);
    }

    private HistoryPage since(Since since) {
      int index = 0;
      while (index < stream.size() && stream.get(index).millis() < since.time().toEpochMilli()) {
        index++;
      }
      return page(index, begin(index), Outcome.COMPLETE, 0);
    }

    private Position begin(int index) {
      if (index >= stream.size()) {
        return head;
      }
      Position next = stream.get(index);
      return new Position(epoch, next.number() - 1, next.millis() - 1, 999, Position.END);
    }

    private HistoryPage page(int from, Position begin, Outcome outcome, long missing) {
      int to = Math.min(stream.size(), from + 1 + random.nextInt(PAGE));
      List<HistoryEntry> entries =
          stream.subList(Math.min(from, to), to).stream()
              .map(position -> new HistoryEntry(position, List.of()))
              .toList();
      return new HistoryPage(entries, begin, head, to < stream.size(), outcome, missing);
    }

    private void damage() {
      int entries = stream.size();
      switch (damage) {
        case NONE -> {}
        case TRIM -> stream.subList(0, random.nextInt(entries + 1)).clear();
        case EMPTY -> {
          stream.clear();
          epoch = epoch + "a";
          number = 0;
          millis++;
          sequence = 0;
          head = new Position(epoch, 0, millis, 0, Position.END);
        }
        case FAILOVER -> removeNewest(false);
        case RESTORE -> removeNewest(true);
      }
    }

    /** Continues on a replica that lacks the newest entries. */
    private void removeNewest(boolean restore) {
      if (stream.isEmpty() || stream.get(0).number() > 1) {
        return;
      }
      if (restore || random.nextBoolean()) {
        disconnect();
      } else {
        // The connection to the former master is kept until all has arrived.
        while (!inFlight.isEmpty()) {
          arrive();
        }
      }
      List<Position> lost =
          stream.subList(stream.size() - random.nextInt(stream.size()), stream.size());
      List<Position> removed = List.copyOf(lost);
      lost.clear();
      head = stream.get(stream.size() - 1);
      number = head.number();
      if (!restore) {
        everywhere.removeAll(removed);
        return;
      }
      if (random.nextBoolean()) {
        connect();
        answer();
      }
      for (Position each : removed) {
        stream.add(each);
        head = each;
        number = each.number();
        if (connected) {
          inFlight.add(each);
        }
      }
    }

    /** Lets everything arrive. */
    void settle() {
      if (!connected || !cursor.isStarted()) {
        connect();
      }
      if (damage != Damage.NONE || random.nextBoolean()) {
        append();
      }
      for (int i = 0; i < 500 && (!inFlight.isEmpty() || requested != null); i++) {
        while (!inFlight.isEmpty()) {
          arrive();
        }
        answer();
      }
    }

    void check(String run) {
      List<Position> positions = new ArrayList<>();
      for (Position each : delivered) {
        if (each != null) {
          positions.add(each);
        }
      }
      assertThat(positions).as(run).doesNotHaveDuplicates();
      for (int i = 1; i < positions.size(); i++) {
        assertThat(isNewer(positions.get(i), positions.get(i - 1))).as(run).isTrue();
      }
      assertThat(cursor.isBehind()).as(run).isFalse();
      if (isNewer(head, start)) {
        assertThat(positions).as(run).endsWith(head);
      }
      Set<Position> got = new HashSet<>(positions);
      for (Position each : everywhere) {
        if (isNewer(each, start) && !got.contains(each)) {
          assertThat(isReported(each)).as("%s: %s in %s", run, each, delivered).isTrue();
        }
      }
      if (damage == Damage.NONE || damage == Damage.RESTORE) {
        assertThat(delivered).as(run).doesNotContainNull();
      }
    }

    private static boolean isNewer(Position one, Position other) {
      return one.millis() == other.millis()
          ? one.sequence() > other.sequence()
          : one.millis() > other.millis();
    }

    /** Returns whether a loss is reported between the delivered neighbours of an entry. */
    private boolean isReported(Position missing) {
      boolean reported = false;
      for (Position each : delivered) {
        if (each == null) {
          reported = true;
        } else if (isNewer(missing, each)) {
          reported = false;
        } else {
          return reported;
        }
      }
      return reported;
    }
  }
}
