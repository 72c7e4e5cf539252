package luna.sender.filter;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import luna.sender.event.Event;
import org.jspecify.annotations.Nullable;

/**
 * An index of all filters of an account. Finds the subscribers whose filter passes an event, at a
 * cost that does not grow with the number of other subscribers.
 *
 * <p>How: subscribers with equal filters share one entry. Entries with clauses on the same
 * attributes form a {@link FilterGroup}. There, each value of the event selects a precomputed set
 * of entries; the sets are intersected, smallest first.
 *
 * <p>See: the decision about one event is in {@link FilterGroup#match}, {@link Postings#find} and,
 * for inexact postings, {@link EventFilter#confirms}.
 *
 * <p>Units: bytes of memory cover the index and its filters. They are calculated (see {@link
 * HeapSizes}), not measured; a test compares the two.
 *
 * <p>Errors: if {@link #add} throws, even an OutOfMemoryError, the index is unchanged. An entry
 * that could not be removed after that has no subscriber; the next call removes it. Until that
 * succeeds, {@link #add} throws.
 *
 * <p>Owner: confined to one event loop. Do not add or remove subscribers during a match.
 *
 * @param <S> the subscriber type
 */
public final class FilterIndex<S extends FilterIndex.Subscriber<S>> {
  private final Map<EventFilter, Entry<S>> entries = new HashMap<>();
  private final Map<Long, FilterGroup<S>> groupsByAttributes = new HashMap<>();
  private final List<FilterGroup<S>> groups = new ArrayList<>();
  private final StringInterner texts = new StringInterner();
  private final LongConsumer growth;

  /** Memory of the entries and of the groups, without their strings. */
  private long partBytes;

  private long bytes;
  private int size;

  /** Entries without subscribers that must still be removed: a linked list through the entries. */
  private @Nullable Entry<S> pendingRemoval;

  /**
   * @param growth receives each change of the index's memory in bytes, negative if it shrinks; the
   *     changes sum to 0 when the index is empty again
   */
  public FilterIndex(LongConsumer growth) {
    this.growth = growth;
  }

  /**
   * A member of at most one index. It stores its own position, so removing it takes constant time.
   */
  public abstract static class Subscriber<S extends Subscriber<S>> {
    private @Nullable Entry<S> entry;
    private int position;
  }

  /** Returns the number of subscribers. */
  public int size() {
    return size;
  }

  /**
   * Subscribes to the events that the filter passes.
   *
   * @return the filter as the index stores it: equal to the given one
   */
  public EventFilter add(EventFilter filter, S subscriber) {
    removePending();
    Entry<S> known = entries.get(filter);
    Entry<S> entry = known == null ? new Entry<>(filter) : known;
    try {
      if (known == null) {
        insert(entry);
      }
      entry.ensureCapacity();
      count(entry);
      FaultInjectionPoint.Installed.reached();
      reportGrowth(size + 1);
    } catch (Throwable fault) {
      if (known == null) {
        // Before any call: the stack may be exhausted.
        entry.nextPending = pendingRemoval;
        pendingRemoval = entry;
      }
      try {
        removePending();
      } catch (Throwable repeated) {
        // The next call retries.
      }
      throw fault;
    }
    // No calls from here on: a call could throw.
    entry.subscribers[entry.size] = subscriber;
    Subscriber<S> added = subscriber;
    added.entry = entry;
    added.position = entry.size++;
    size++;
    return entry.filter;
  }

  private void insert(Entry<S> entry) {
    // Create the interned filter only now, so that it lies near its entry in memory: a match reads
    // the entry, its filter and its subscriber together.
    entry.filter = texts.intern(entry.filter, entry.texts);
    entries.put(entry.filter, entry);
    FaultInjectionPoint.Installed.reached();
    FilterGroup<S> group = group(entry);
    FaultInjectionPoint.Installed.reached();
    group.add(entry);
    FaultInjectionPoint.Installed.reached();
    count(group);
    FaultInjectionPoint.Installed.reached();
  }

  /** Unsubscribes, even if this throws. Returns false if the subscriber is not in the index. */
  public boolean remove(S subscriber) {
    Entry<S> entry = ((Subscriber<S>) subscriber).entry;
    if (entry == null) {
      return false;
    }
    entry.remove(subscriber);
    size--;
    if (entry.size == 0) {
      // Before any call: the stack may be exhausted.
      entry.nextPending = pendingRemoval;
      pendingRemoval = entry;
      removePending();
    }
    return true;
  }

  /**
   * Returns whether the index already has an equal filter, so another subscriber would need no
   * memory for it.
   */
  public boolean has(EventFilter filter) {
    return entries.containsKey(filter);
  }

  /** Returns the memory of the index and its filters. */
  public long bytes() {
    return bytes;
  }

  /** Returns the memory of entries, groups and texts, without tables; 0 for an empty index. */
  long contentBytes() {
    return partBytes + texts.textBytes();
  }

  /** Returns how many texts the filters list. */
  int textCount() {
    return texts.size();
  }

  private void reportGrowth(int subscribers) {
    long now = subscribers == 0 ? 0 : partBytes + texts.bytes();
    if (now != bytes) {
      growth.accept(now - bytes);
      bytes = now;
    }
  }

  /**
   * Calls {@code each} for every subscriber whose filter passes the event, in no particular order.
   */
  public void match(Event event, Consumer<S> each) {
    for (int i = 0; i < groups.size(); i++) {
      groups.get(i).match(event.attributes(), each);
    }
  }

  private FilterGroup<S> group(Entry<S> entry) {
    FilterGroup<S> group = groupsByAttributes.get(entry.attributeMask);
    if (group == null) {
      group = new FilterGroup<>(entry.filter);
      groupsByAttributes.put(entry.attributeMask, group);
      groups.add(group);
    }
    return group;
  }

  /**
   * Removes the entries without subscribers. An entry that fails stays in the list for the next
   * call.
   */
  private void removePending() {
    for (Entry<S> entry = pendingRemoval; entry != null; entry = pendingRemoval) {
      removeEntry(entry);
      FaultInjectionPoint.Installed.reached();
      reportGrowth(size);
      FaultInjectionPoint.Installed.reached();
      pendingRemoval = entry.nextPending;
    }
  }

  /** Removes an entry. Idempotent: after a fault, another call completes the removal. */
  private void removeEntry(Entry<S> entry) {
    FaultInjectionPoint.Installed.reached();
    entries.remove(entry.filter, entry);
    FaultInjectionPoint.Installed.reached();
    FilterGroup<S> group = groupsByAttributes.get(entry.attributeMask);
    if (group != null) {
      group.remove(entry);
      FaultInjectionPoint.Installed.reached();
      count(group);
      if (group.isEmpty()) {
        groups.remove(group);
        FaultInjectionPoint.Installed.reached();
        groupsByAttributes.remove(entry.attributeMask);
      }
    }
    texts.release(entry.filter, entry.texts);
    partBytes -= entry.countedBytes;
    entry.countedBytes = 0;
  }

  private void count(Entry<S> entry) {
    int now = (int) (entry.bytes() + entry.subscriberBytes());
    partBytes += now - entry.countedBytes;
    entry.countedBytes = now;
  }

  private void count(FilterGroup<S> group) {
    long now = group.isEmpty() ? 0 : group.bytes();
    partBytes += now - group.countedBytes;
    group.countedBytes = now;
  }

  /** One filter and its subscribers; most filters have one. */
  static final class Entry<S extends Subscriber<S>> {
    /** Shares its strings with the index once it has been added. */
    EventFilter filter;

    final StringInterner.Texts texts = new StringInterner.Texts();
    final long attributeMask;

    /** The position in its group, or -1. */
    int slot = -1;

    /** The bytes that the index has counted for this entry. */
    private int countedBytes;

    private @Nullable Entry<S> nextPending;

    private @Nullable Subscriber<S>[] subscribers = array(1);
    private int size;

    /** Memory of the map node that refers to this entry. */
    private static final long NODE_BYTES =
        HeapSizes.object(4 + 3L * HeapSizes.REFERENCE) + 2L * HeapSizes.REFERENCE;

    Entry(EventFilter filter) {
      this.filter = filter;
      this.attributeMask = filter.attributeMask();
    }

    void ensureCapacity() {
      if (size == subscribers.length) {
        subscribers = Arrays.copyOf(subscribers, size * 2);
      }
    }

    /** Removes a subscriber; the last one takes its position. */
    void remove(Subscriber<S> subscriber) {
      Subscriber<S> last = Objects.requireNonNull(subscribers[size - 1]);
      // No calls from here on: a call could throw.
      size--;
      subscribers[subscriber.position] = last;
      last.position = subscriber.position;
      subscribers[size] = null;
      subscriber.entry = null;
    }

    long bytes() {
      return HeapSizes.object(20 + 4L * HeapSizes.REFERENCE)
          + HeapSizes.object(8)
          + NODE_BYTES
          + filter.bytes();
    }

    long subscriberBytes() {
      return HeapSizes.references(subscribers.length);
    }

    @SuppressWarnings("unchecked") // Each subscriber is an S.
    void forEach(Consumer<S> each) {
      for (int i = 0; i < size; i++) {
        each.accept((S) Objects.requireNonNull(subscribers[i]));
      }
    }

    @SuppressWarnings("unchecked") // Java has no generic array creation.
    private static <S extends Subscriber<S>> @Nullable Subscriber<S>[] array(int length) {
      return (@Nullable Subscriber<S>[]) new Subscriber<?>[length];
    }
  }
}
