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
 * All filters of an account at once: event to the subscribers that want it, at a cost that does not
 * grow with those that don't.
 *
 * <p>Shape: subscribers with equal filters share one entry. Entries with clauses on the same
 * dimensions form a {@link FilterShape}, in which each value of the event selects a precomputed set
 * of entries; these are intersected from the smallest on.
 *
 * <p>Units: bytes of memory are those of the index and of the filters in it, by arithmetic (see
 * {@link HeapSizes}) and not by measurement; a test compares the two.
 *
 * <p>Errors: when {@link #add} throws, an OutOfMemoryError too, the index is as it was before. What
 * could not be taken out again then is of no subscriber, and is taken out by the next call; until
 * it is, {@link #add} throws.
 *
 * <p>Owner: confined to one event loop. Nothing may be added or removed during a match.
 *
 * @param <S> a subscriber
 */
public final class FilterIndex<S extends FilterIndex.Subscriber<S>> {
  private final Map<EventFilter, Entry<S>> entries = new HashMap<>();
  private final Map<Integer, FilterShape<S>> shapesByDimensions = new HashMap<>();
  private final List<FilterShape<S>> shapes = new ArrayList<>();
  private final TextPool texts = new TextPool();
  private final LongConsumer growth;

  /** Of what is in the index: entries, and the shapes without their texts. */
  private long partBytes;

  private long bytes;
  private int size;

  /** Entries without a subscriber that have to be taken out: a list through the entries. */
  private @Nullable Entry<S> dropped;

  /**
   * @param growth gets each change of the index's memory in bytes, negative where it shrinks; 0 in
   *     all for an index that is empty again
   */
  public FilterIndex(LongConsumer growth) {
    this.growth = growth;
  }

  /**
   * One who is in one index at most, and knows where: it leaves at the same cost whatever the
   * number of those who want the same.
   */
  public abstract static class Subscriber<S extends Subscriber<S>> {
    private @Nullable Entry<S> entry;
    private int place;
  }

  /** How many subscribers there are. */
  public int size() {
    return size;
  }

  /**
   * From now on the subscriber gets what its filter passes.
   *
   * @return the filter as the index keeps it: equal to the given one
   */
  public EventFilter add(EventFilter filter, S subscriber) {
    takeOutDropped();
    Entry<S> known = entries.get(filter);
    Entry<S> entry = known == null ? new Entry<>(filter) : known;
    try {
      if (known == null) {
        insert(entry);
      }
      entry.makeRoom();
      count(entry);
      tellGrowth(size + 1);
    } catch (Throwable fault) {
      if (known == null) {
        // Before any call, for the stack may be at its end.
        entry.nextDropped = dropped;
        dropped = entry;
      }
      try {
        takeOutDropped();
      } catch (Throwable again) {
        // Then the next call does it.
      }
      throw fault;
    }
    // No call from here on, which a fault could come from.
    entry.subscribers[entry.size] = subscriber;
    Subscriber<S> added = subscriber;
    added.entry = entry;
    added.place = entry.size++;
    size++;
    return entry.filter;
  }

  private void insert(Entry<S> entry) {
    // Only now, for a match reads the entry, its filter and its subscriber together.
    entry.filter = texts.keep(entry.filter, entry.texts);
    entries.put(entry.filter, entry);
    FilterShape<S> shape = shape(entry.dimensions);
    shape.add(entry);
    count(shape);
  }

  /** Takes a subscriber out, whatever it throws; false if it is not there. */
  public boolean remove(S subscriber) {
    Entry<S> entry = ((Subscriber<S>) subscriber).entry;
    if (entry == null) {
      return false;
    }
    entry.remove(subscriber);
    size--;
    if (entry.size == 0) {
      // Before any call, for the stack may be at its end.
      entry.nextDropped = dropped;
      dropped = entry;
      takeOutDropped();
    }
    return true;
  }

  /** Whether another subscriber with this filter would need no memory for it. */
  public boolean has(EventFilter filter) {
    return entries.containsKey(filter);
  }

  /** Memory of the index and of its filters. */
  public long bytes() {
    return bytes;
  }

  /** What is counted of entries and shapes: 0 for an empty index. */
  long partBytes() {
    return partBytes;
  }

  private void tellGrowth(int subscribers) {
    long now = subscribers == 0 ? 0 : partBytes + texts.bytes();
    if (now != bytes) {
      growth.accept(now - bytes);
      bytes = now;
    }
  }

  /** Calls {@code each} for every subscriber whose filter passes the event, in no certain order. */
  public void match(Event event, Consumer<S> each) {
    for (int i = 0; i < shapes.size(); i++) {
      shapes.get(i).match(event.attributes(), each);
    }
  }

  private FilterShape<S> shape(int dimensions) {
    FilterShape<S> shape = shapesByDimensions.get(dimensions);
    if (shape == null) {
      shape = new FilterShape<>(dimensions);
      shapesByDimensions.put(dimensions, shape);
      shapes.add(shape);
    }
    return shape;
  }

  /** What could not be taken out stays in the list for the next call. */
  private void takeOutDropped() {
    for (Entry<S> entry = dropped; entry != null; entry = dropped) {
      takeOut(entry);
      tellGrowth(size);
      dropped = entry.nextDropped;
    }
  }

  /** Does what is left to do when it is called again after a fault. */
  private void takeOut(Entry<S> entry) {
    entries.remove(entry.filter, entry);
    FilterShape<S> shape = shapesByDimensions.get(entry.dimensions);
    if (shape != null) {
      shape.remove(entry);
      count(shape);
      if (shape.isEmpty()) {
        shapes.remove(shape);
        shapesByDimensions.remove(entry.dimensions);
      }
    }
    texts.release(entry.filter, entry.texts);
    partBytes -= entry.countedBytes;
    entry.countedBytes = 0;
  }

  private void count(Entry<S> entry) {
    int now = (int) (entry.bytes() + entry.placeBytes());
    partBytes += now - entry.countedBytes;
    entry.countedBytes = now;
  }

  private void count(FilterShape<S> shape) {
    long now = shape.isEmpty() ? 0 : shape.bytes();
    partBytes += now - shape.countedBytes;
    shape.countedBytes = now;
  }

  /** The subscribers of one filter; most filters have one. */
  static final class Entry<S extends Subscriber<S>> {
    /** With the texts of the index, once it has been added. */
    EventFilter filter;

    final TextPool.Texts texts = new TextPool.Texts();
    final int dimensions;

    /** Where its shape keeps it, or -1. */
    int slot = -1;

    /** What its index has counted for it. */
    private int countedBytes;

    private @Nullable Entry<S> nextDropped;

    private @Nullable Subscriber<S>[] subscribers = array(1);
    private int size;

    /** What its shape and the index have beside it: a node of a map. */
    private static final long NODE_BYTES =
        HeapSizes.object(4 + 3L * HeapSizes.REFERENCE) + 2L * HeapSizes.REFERENCE;

    Entry(EventFilter filter) {
      this.filter = filter;
      this.dimensions = Dimension.shape(filter);
    }

    void makeRoom() {
      if (size == subscribers.length) {
        subscribers = Arrays.copyOf(subscribers, size * 2);
      }
    }

    /** The last one takes its place. */
    void remove(Subscriber<S> subscriber) {
      Subscriber<S> last = Objects.requireNonNull(subscribers[size - 1]);
      // No call from here on, which a fault could come from.
      size--;
      subscribers[subscriber.place] = last;
      last.place = subscriber.place;
      subscribers[size] = null;
      subscriber.entry = null;
    }

    long bytes() {
      return HeapSizes.object(16 + 4L * HeapSizes.REFERENCE)
          + HeapSizes.object(8)
          + NODE_BYTES
          + filter.bytes();
    }

    long placeBytes() {
      return HeapSizes.references(subscribers.length);
    }

    @SuppressWarnings("unchecked") // A subscriber is its own S.
    void forEach(Consumer<S> each) {
      for (int i = 0; i < size; i++) {
        each.accept((S) Objects.requireNonNull(subscribers[i]));
      }
    }

    @SuppressWarnings("unchecked") // An array of a generic type can't be made otherwise.
    private static <S extends Subscriber<S>> @Nullable Subscriber<S>[] array(int length) {
      return (@Nullable Subscriber<S>[]) new Subscriber<?>[length];
    }
  }
}
