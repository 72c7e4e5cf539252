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
 * {@link Heap}) and not by measurement; a test compares the two.
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
    Entry<S> entry = entries.get(filter);
    if (entry == null) {
      entry = new Entry<>(filter, texts);
      entries.put(entry.filter, entry);
      partBytes += entry.bytes() + entry.placeBytes();
      FilterShape<S> shape = shape(entry.dimensions);
      partBytes -= shape.isEmpty() ? 0 : shape.bytes();
      shape.add(entry);
      partBytes += shape.bytes();
    }
    partBytes -= entry.placeBytes();
    entry.add(subscriber);
    partBytes += entry.placeBytes();
    size++;
    tellGrowth();
    return entry.filter;
  }

  /** Takes a subscriber out; false if it is not there. */
  public boolean remove(S subscriber) {
    Entry<S> entry = ((Subscriber<S>) subscriber).entry;
    if (entry == null) {
      return false;
    }
    entry.remove(subscriber);
    size--;
    if (entry.size == 0) {
      entries.remove(entry.filter);
      forget(entry);
      texts.release(entry.filter);
      tellGrowth();
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

  private void tellGrowth() {
    long now = size == 0 ? 0 : partBytes + texts.bytes();
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
    return shapesByDimensions.computeIfAbsent(
        dimensions,
        bits -> {
          FilterShape<S> shape = new FilterShape<>(bits);
          shapes.add(shape);
          return shape;
        });
  }

  private void forget(Entry<S> entry) {
    FilterShape<S> shape = Objects.requireNonNull(shapesByDimensions.get(entry.dimensions));
    partBytes -= shape.bytes() + entry.bytes() + entry.placeBytes();
    shape.remove(entry);
    if (!shape.isEmpty()) {
      partBytes += shape.bytes();
    } else {
      shapesByDimensions.remove(entry.dimensions);
      shapes.remove(shape);
    }
  }

  /** The subscribers of one filter; most filters have one. */
  static final class Entry<S extends Subscriber<S>> {
    final EventFilter filter;
    final int dimensions;

    /** Where its shape keeps it. */
    int slot;

    private @Nullable Subscriber<S>[] subscribers = array(1);
    private int size;

    /** What its shape and the index have beside it: a node of a map. */
    private static final long NODE_BYTES =
        Heap.object(4 + 3L * Heap.REFERENCE) + 2L * Heap.REFERENCE;

    /**
     * Keeps the texts only when the entry is there: a match reads it and its subscriber together.
     */
    Entry(EventFilter filter, TextPool texts) {
      this.filter = texts.keep(filter);
      this.dimensions = Dimension.shape(filter);
    }

    void add(Subscriber<S> subscriber) {
      if (size == subscribers.length) {
        subscribers = Arrays.copyOf(subscribers, size * 2);
      }
      subscribers[size] = subscriber;
      subscriber.entry = this;
      subscriber.place = size++;
    }

    /** The last one takes its place. */
    void remove(Subscriber<S> subscriber) {
      Subscriber<S> last = Objects.requireNonNull(subscribers[--size]);
      subscribers[subscriber.place] = last;
      last.place = subscriber.place;
      subscribers[size] = null;
      subscriber.entry = null;
    }

    long bytes() {
      return Heap.object(12 + 2L * Heap.REFERENCE) + NODE_BYTES + filter.bytes();
    }

    long placeBytes() {
      return Heap.references(subscribers.length);
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
