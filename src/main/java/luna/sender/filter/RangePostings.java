package luna.sender.filter;

import java.util.Arrays;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import luna.sender.event.Attributes;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;

/**
 * Filters by their bounds, on a grid: a cell knows the filters whose range reaches into it.
 *
 * <p>Shape: {@value #CELLS} cells of equal width from 0 on; the first one begins, and the last one
 * ends, nowhere. A filter with a bound inside of a cell is found though it may not pass, and has to
 * be confirmed; with bounds on the borders, which are whole years and hundredths, there is none.
 * Neighbouring cells with the same filters share one bitmap, so a filter costs the cells at its
 * bounds and not all those between them.
 *
 * <p>Owner: confined to its index's event loop.
 */
final class RangePostings implements Postings {
  private static final int CELLS = 128;

  private final Function<EventFilter, EventFilter.Range> wanted;
  private final ToDoubleFunction<Attributes> actual;
  private final double cellsPerUnit;

  /** Null for a cell that no range reaches into. */
  private final @Nullable RoaringBitmap[] slots = new RoaringBitmap[CELLS];

  RangePostings(
      Function<EventFilter, EventFilter.Range> wanted,
      ToDoubleFunction<Attributes> actual,
      double cellsPerUnit) {
    this.wanted = wanted;
    this.actual = actual;
    this.cellsPerUnit = cellsPerUnit;
  }

  @Override
  public void add(EventFilter filter, int slot) {
    EventFilter.Range range = wanted.apply(filter);
    int first = cell(range.gte());
    int last = last(range);
    if (first > last) {
      return;
    }
    divide(first);
    divide(last + 1);
    for (int cell = first; cell <= last; cell = end(cell, last)) {
      RoaringBitmap bitmap = slots[cell];
      if (bitmap == null) {
        Arrays.fill(slots, cell, end(cell, last), Postings.bitmapOf(slot));
      } else {
        bitmap.add(slot);
      }
    }
  }

  @Override
  public void remove(EventFilter filter, int slot) {
    EventFilter.Range range = wanted.apply(filter);
    int first = cell(range.gte());
    int last = last(range);
    if (first > last) {
      return;
    }
    for (int cell = first; cell <= last; ) {
      int end = end(cell, last);
      RoaringBitmap bitmap = slots[cell];
      if (bitmap != null) {
        bitmap.remove(slot);
        if (bitmap.isEmpty()) {
          Arrays.fill(slots, cell, end, null);
        }
      }
      cell = end;
    }
    join(first);
    join(last + 1);
  }

  /** The first cell behind the given one that has another bitmap, or that is behind the last. */
  private int end(int cell, int last) {
    int end = cell + 1;
    while (end <= last && isOne(end)) {
      end++;
    }
    return end;
  }

  /** Whether a cell shares its bitmap with the one before it. */
  private boolean isOne(int cell) {
    return slots[cell] == slots[cell - 1];
  }

  /** From this cell on, what the cells before share with it becomes a bitmap of its own. */
  private void divide(int cell) {
    if (cell > 0 && cell < CELLS && isOne(cell) && slots[cell] != null) {
      Arrays.fill(slots, cell, end(cell, CELLS - 1), slots[cell].clone());
    }
  }

  /** Undoes {@link #divide} where both sides are equal. */
  private void join(int cell) {
    RoaringBitmap before = cell > 0 && cell < CELLS ? slots[cell - 1] : null;
    if (before != null && !isOne(cell) && before.equals(slots[cell])) {
      Arrays.fill(slots, cell, end(cell, CELLS - 1), before);
    }
  }

  @Override
  public boolean isExact(EventFilter filter) {
    EventFilter.Range range = wanted.apply(filter);
    return isBorder(range.gte()) && isBorder(range.lt());
  }

  @Override
  public boolean find(Attributes attributes, MatchingSlots found) {
    double value = actual.applyAsDouble(attributes);
    RoaringBitmap bitmap = Double.isNaN(value) ? null : slots[cell(value)];
    if (bitmap == null) {
      return false;
    }
    found.several(bitmap);
    return true;
  }

  @Override
  public long bytes() {
    long bytes = HeapSizes.object(24) + HeapSizes.references(CELLS);
    for (int cell = 0; cell < CELLS; cell = end(cell, CELLS - 1)) {
      RoaringBitmap bitmap = slots[cell];
      bytes += bitmap == null ? 0 : HeapSizes.bitmap(bitmap);
    }
    return bytes;
  }

  private int last(EventFilter.Range range) {
    return cell(Math.nextDown(range.lt()));
  }

  private boolean isBorder(double bound) {
    return Double.isInfinite(bound) || (bound > 0 && bound == border(cell(bound)));
  }

  private double border(int cell) {
    return cell / cellsPerUnit;
  }

  /** The cell whose borders the value lies between, by the same arithmetic as the borders'. */
  private int cell(double value) {
    int near = (int) Math.max(0, Math.min(CELLS - 1, value * cellsPerUnit));
    if (near + 1 < CELLS && value >= border(near + 1)) {
      return near + 1;
    }
    return near > 0 && value < border(near) ? near - 1 : near;
  }
}
