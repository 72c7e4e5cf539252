package luna.sender.filter;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
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
 * <p>Owner: confined to one event loop. Nothing may be added or removed during a match.
 *
 * @param <S> a subscriber, compared by identity
 */
public final class FilterIndex<S> {
  private final Map<EventFilter, Entry<S>> entries = new HashMap<>();
  private final Map<Integer, FilterShape<S>> shapesByDimensions = new HashMap<>();
  private final List<FilterShape<S>> shapes = new ArrayList<>();
  private int size;

  /** How many subscribers there are. */
  public int size() {
    return size;
  }

  /** From now on the subscriber gets what its filter passes. */
  public void add(EventFilter filter, S subscriber) {
    Entry<S> entry = entries.get(filter);
    if (entry == null) {
      entry = new Entry<>(filter, subscriber);
      entries.put(filter, entry);
      shape(entry.dimensions).add(entry);
    } else {
      entry.add(subscriber);
    }
    size++;
  }

  /** Takes a subscriber out that was added with an equal filter; false if it is not there. */
  public boolean remove(EventFilter filter, S subscriber) {
    Entry<S> entry = entries.get(filter);
    if (entry == null || !entry.remove(subscriber)) {
      return false;
    }
    size--;
    if (entry.isEmpty()) {
      entries.remove(filter);
      forget(entry);
    }
    return true;
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
    shape.remove(entry);
    if (shape.isEmpty()) {
      shapesByDimensions.remove(entry.dimensions);
      shapes.remove(shape);
    }
  }

  /** The subscribers of one filter: most filters have one, which then needs no list. */
  static final class Entry<S> {
    final EventFilter filter;
    final int dimensions;

    /** Where its shape keeps it. */
    int slot;

    private @Nullable S first;
    private @Nullable List<S> more;

    Entry(EventFilter filter, S subscriber) {
      this.filter = filter;
      this.dimensions = Dimension.shape(filter);
      this.first = subscriber;
    }

    void add(S subscriber) {
      if (first == null) {
        first = subscriber;
      } else {
        more = more == null ? new ArrayList<>(2) : more;
        more.add(subscriber);
      }
    }

    /** Another one takes its place: with many subscribers, closing the gap would cost. */
    boolean remove(S subscriber) {
      S last = more == null || more.isEmpty() ? null : more.get(more.size() - 1);
      if (first == subscriber) {
        first = last;
      } else {
        int index = more == null ? -1 : lastIndex(more, subscriber);
        if (more == null || index < 0) {
          return false;
        }
        more.set(index, Objects.requireNonNull(last));
      }
      if (more != null && last != null) {
        more.remove(more.size() - 1);
      }
      return true;
    }

    boolean isEmpty() {
      return first == null;
    }

    void forEach(Consumer<S> each) {
      if (first != null) {
        each.accept(first);
      }
      if (more != null) {
        for (int i = 0; i < more.size(); i++) {
          each.accept(more.get(i));
        }
      }
    }

    private static <S> int lastIndex(List<S> subscribers, S subscriber) {
      int index = subscribers.size() - 1;
      while (index >= 0 && subscribers.get(index) != subscriber) {
        index--;
      }
      return index;
    }
  }
}
