package luna.sender.filter;

import java.util.Arrays;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import luna.sender.event.Attributes;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;

/**
 * Indexes filters by their bounds on a grid: each cell lists the filters whose range overlaps it.
 *
 * <p>How: {@value #CELLS} cells of equal width, starting at 0. The first cell has no lower end, the
 * last one no upper end. A filter with a bound inside a cell can be a false candidate and must be
 * rechecked; bounds on cell borders (whole years, hundredths) need no recheck. Neighbouring cells
 * with the same filters share one bitmap, so a filter costs memory only at its bounds, not for the
 * cells between them.
 *
 * <p>Owner: confined to its index's event loop.
 */
final class RangePostings implements Postings {
  private static final int CELLS = 128;

  private final Function<EventFilter, EventFilter.Range> wanted;
  private final ToDoubleFunction<Attributes> actual;
  private final double cellsPerUnit;

  /** Null for a cell that no range overlaps. */
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
    int last = lastCell(range);
    if (first > last) {
      return;
    }
    split(first);
    FaultInjectionPoint.Installed.reached();
    split(last + 1);
    for (int cell = first; cell <= last; cell = runEnd(cell, last)) {
      FaultInjectionPoint.Installed.reached();
      RoaringBitmap bitmap = slots[cell];
      if (bitmap == null) {
        Arrays.fill(slots, cell, runEnd(cell, last), Postings.bitmapOf(slot));
      } else {
        bitmap.add(slot);
      }
    }
  }

  @Override
  public void remove(EventFilter filter, int slot) {
    EventFilter.Range range = wanted.apply(filter);
    int first = cell(range.gte());
    int last = lastCell(range);
    if (first > last) {
      return;
    }
    for (int cell = first; cell <= last; ) {
      int end = runEnd(cell, last);
      FaultInjectionPoint.Installed.reached();
      RoaringBitmap bitmap = slots[cell];
      if (bitmap != null) {
        bitmap.remove(slot);
        if (bitmap.isEmpty()) {
          Arrays.fill(slots, cell, end, null);
        }
      }
      cell = end;
    }
    merge(first);
    merge(last + 1);
  }

  /** Returns the first cell after the given one that has another bitmap, or {@code last + 1}. */
  private int runEnd(int cell, int last) {
    int end = cell + 1;
    while (end <= last && sharesBitmap(end)) {
      end++;
    }
    return end;
  }

  /** Returns whether a cell shares its bitmap with the cell before it. */
  private boolean sharesBitmap(int cell) {
    return slots[cell] == slots[cell - 1];
  }

  /** Splits a shared bitmap at this cell: from here on, the cells get a copy of their own. */
  private void split(int cell) {
    if (cell > 0 && cell < CELLS && sharesBitmap(cell) && slots[cell] != null) {
      Arrays.fill(slots, cell, runEnd(cell, CELLS - 1), slots[cell].clone());
    }
  }

  /** Undoes {@link #split} where both sides are equal. */
  private void merge(int cell) {
    RoaringBitmap before = cell > 0 && cell < CELLS ? slots[cell - 1] : null;
    if (before != null && !sharesBitmap(cell) && before.equals(slots[cell])) {
      Arrays.fill(slots, cell, runEnd(cell, CELLS - 1), before);
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
    found.setBitmap(bitmap);
    return true;
  }

  @Override
  public long bytes() {
    long bytes = HeapSizes.object(24) + HeapSizes.references(CELLS);
    for (int cell = 0; cell < CELLS; cell = runEnd(cell, CELLS - 1)) {
      RoaringBitmap bitmap = slots[cell];
      bytes += bitmap == null ? 0 : HeapSizes.bitmap(bitmap);
    }
    return bytes;
  }

  private int lastCell(EventFilter.Range range) {
    return cell(Math.nextDown(range.lt()));
  }

  private boolean isBorder(double bound) {
    return Double.isInfinite(bound) || (bound > 0 && bound == border(cell(bound)));
  }

  private double border(int cell) {
    return cell / cellsPerUnit;
  }

  /**
   * Returns the cell that contains the value. Uses the same arithmetic as {@link #border}, so
   * rounding cannot disagree.
   */
  private int cell(double value) {
    int near = (int) Math.max(0, Math.min(CELLS - 1, value * cellsPerUnit));
    if (near + 1 < CELLS && value >= border(near + 1)) {
      return near + 1;
    }
    return near > 0 && value < border(near) ? near - 1 : near;
  }
}
