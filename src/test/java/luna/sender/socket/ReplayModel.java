package luna.sender.socket;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import luna.sender.event.Event;
import luna.sender.event.Position;
import luna.sender.testing.TestEvents;
import org.jspecify.annotations.Nullable;

/**
 * A model of one account with a history, one hub and one session that replays it, without sockets
 * and Redis. Each step is random.
 *
 * <p>How: the stream has entries with 0 to 3 events (0 for a malformed payload). Their events are
 * on the way to the hub in a queue; some are lost there, and a gap follows. A read takes two steps:
 * the stream is read, and the page arrives later. The session sends a few events per step, as a
 * socket accepts them.
 */
final class ReplayModel {
  private static final int MAX_EVENTS = 12;
  private static final int PAGE_ENTRIES = 3;
  private static final int LAST_EVENTS = 3;

  /** What the session receives: an event, or a gap. */
  record Received(@Nullable Position event) {}

  /** An entry of the stream with its number of events. */
  private record Entry(Position position, int events) {}

  /**
   * A page.
   *
   * @param gap whether events are missing before it
   */
  private record Page(List<Entry> entries, Position start, boolean more, boolean gap) {}

  private final Random random;
  private final List<Position> published = new ArrayList<>();
  private final List<Received> received = new ArrayList<>();

  /** The stream; its first entries may have been trimmed. */
  private final Deque<Entry> stream = new ArrayDeque<>();

  private Position head;
  private int epoch = 10;

  /** Live items on the way to the hub: an event's position, or a gap. */
  private final Deque<Received> onTheWay = new ArrayDeque<>();

  private final LivePosition live = new LivePosition();
  private final Seam seam;

  /** The position of a requested page; null if none is requested. */
  private @Nullable Position requested;

  private @Nullable Page arriving;
  private final Deque<Position> page = new ArrayDeque<>();
  private @Nullable Position pageEnd;
  private boolean more = true;
  private boolean awaiting;
  private boolean joined;

  ReplayModel(Random random) {
    this.random = random;
    this.head = new Position("a", 0, 0, 0, Position.END);
    int before = random.nextInt(MAX_EVENTS);
    for (int i = 0; i < before; i++) {
      publish();
    }
    if (random.nextBoolean()) {
      live.subscribed(head);
      if (random.nextBoolean()) {
        // The hub was subscribed before, so nothing is on the way twice.
        int behind = random.nextInt(onTheWay.size() + 1);
        while (onTheWay.size() > behind) {
          live.delivered(event(Objects.requireNonNull(onTheWay.remove().event())));
        }
      } else {
        onTheWay.clear();
      }
    }
    Position start = new Position("a", random.nextInt(before + 1), 0, 0, Position.END);
    seam = new Seam(start, live.complete(), 1 + random.nextInt(6), 1 << 20);
    // The session does not expect the events before its start.
    published.removeIf(each -> each.number() <= start.number());
  }

  List<Position> published() {
    return published;
  }

  List<Received> received() {
    return received;
  }

  void step() {
    switch (random.nextInt(12)) {
      case 0, 1 -> publish();
      case 2, 3, 4 -> deliver();
      case 5, 6 -> read();
      case 7, 8, 9 -> proceed();
      case 10 -> lose();
      default -> {
        if (random.nextInt(20) == 0) {
          empty();
        }
      }
    }
  }

  /** Lets everything arrive, with one more event at the end. */
  void settle() {
    Entry last = append(1);
    send(last);
    for (int i = 0; i < 3_000; i++) {
      deliver();
      read();
      proceed();
    }
    if (!joined && !awaiting) {
      throw new AssertionError("the session still replays: " + seam.cursor());
    }
  }

  private void publish() {
    send(append(random.nextInt(4)));
  }

  private Entry append(int events) {
    head = new Position(head.epoch(), head.number() + 1, head.number() + 1, 0, Position.END);
    Entry entry = new Entry(head, events);
    stream.add(entry);
    if (stream.size() > MAX_EVENTS) {
      stream.remove();
    }
    for (int i = 0; i < events; i++) {
      published.add(head.at(i));
    }
    return entry;
  }

  private void send(Entry entry) {
    for (int i = 0; i < entry.events; i++) {
      onTheWay.add(new Received(entry.position.at(i)));
    }
  }

  /** Redis is emptied, and a new epoch begins. */
  private void empty() {
    stream.clear();
    head = new Position(Integer.toHexString(++epoch), 0, 0, 0, Position.END);
  }

  /** Live events are lost in the hub, and a gap takes their place. */
  private void lose() {
    int lost = random.nextInt(onTheWay.size() + 1);
    for (int i = 0; i < lost; i++) {
      onTheWay.removeLast();
    }
    if (lost > 0) {
      onTheWay.add(new Received(null));
    }
  }

  private void deliver() {
    Received next = onTheWay.poll();
    if (next == null) {
      return;
    }
    Position position = next.event;
    if (position == null) {
      live.missed();
      if (joined) {
        received.add(next);
      } else {
        seam.gap();
        if (awaiting) {
          request();
        }
      }
      return;
    }
    if (!joined) {
      seam.live(event(position));
      if (awaiting) {
        switch (seam.next(live)) {
          case TAKE -> joined = true;
          case READ -> request();
          default -> {
            // The session has it.
          }
        }
      }
    }
    live.delivered(event(position));
    if (joined) {
      received.add(next);
    }
  }

  private static Event event(Position position) {
    return new Event("an account", TestEvents.NOTHING, 0, new byte[2], null, null, position, false);
  }

  private void request() {
    awaiting = false;
    seam.requested();
    requested = seam.cursor();
  }

  /** The stream is read for a request, or the page arrives. */
  private void read() {
    Page arrived = arriving;
    Position after = requested;
    if (arrived != null) {
      arriving = null;
      use(arrived);
    } else if (after != null) {
      requested = null;
      arriving = page(after);
    }
  }

  private Page page(Position after) {
    boolean known = after.epoch().equals(head.epoch()) && after.number() <= head.number();
    long first = known ? after.number() : -1;
    long oldest = stream.isEmpty() ? head.number() + 1 : stream.element().position.number();
    // Of a trimmed entry it is unknown whether it had further events.
    boolean inside = after.index() != Position.END;
    boolean gap = !known || first < (inside ? oldest : oldest - 1);
    List<Entry> entries = new ArrayList<>();
    for (Entry entry : stream) {
      boolean follows = gap || entry.position.number() > first;
      boolean own = inside && entry.position.number() == first;
      if ((follows || own) && entries.size() < PAGE_ENTRIES) {
        entries.add(entry);
      }
    }
    Position start =
        !gap
            ? after
            : entries.isEmpty() ? head : new Position(head.epoch(), oldest - 1, 0, 0, Position.END);
    boolean followed =
        !entries.isEmpty() && entries.get(entries.size() - 1).position.number() < head.number();
    return new Page(entries, start, followed, gap);
  }

  private void use(Page arrived) {
    if (arrived.gap) {
      received.add(new Received(null));
      seam.jumpedTo(arrived.start);
    }
    more = arrived.more || random.nextInt(3) == 0; // a shared page always claims more
    pageEnd = arrived.start.end();
    for (Entry entry : arrived.entries) {
      pageEnd = entry.position;
      for (int i = 0; i < entry.events; i++) {
        Position event = entry.position.at(i);
        boolean covered =
            event.epoch().equals(seam.cursor().epoch()) && event.compareTo(seam.cursor()) <= 0;
        if (!covered) {
          page.add(event);
        }
      }
    }
  }

  /** The socket accepts a few events. */
  private void proceed() {
    if (joined || awaiting || requested != null || arriving != null) {
      return;
    }
    Position end = pageEnd;
    if (end != null) {
      for (int i = random.nextInt(LAST_EVENTS + 1); i >= 0 && !page.isEmpty(); i--) {
        Position event = page.remove();
        received.add(new Received(event));
        seam.reached(event);
      }
      if (page.isEmpty()) {
        seam.skippedTo(end);
        pageEnd = null;
      } else if (random.nextInt(10) == 0) {
        // The client reads slowly, so the page is dropped.
        page.clear();
        pageEnd = null;
        more = true;
      }
    } else if (more && !seam.isCovered(live)) {
      request();
    } else {
      atEnd();
    }
  }

  private void atEnd() {
    switch (seam.next(live)) {
      case READ -> request();
      case TAKE -> {
        for (int i = random.nextInt(LAST_EVENTS + 1);
            i >= 0 && seam.next(live) == Seam.Next.TAKE;
            i--) {
          received.add(new Received(seam.take().position()));
        }
        if (seam.peek() == null) {
          atEnd();
        }
      }
      case AWAIT -> awaiting = true;
      case JOIN -> joined = true;
    }
  }
}
