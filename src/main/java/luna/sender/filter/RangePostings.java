package luna.sender.filter;

import java.util.Arrays;
import luna.sender.event.Attributes;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;

/**
 * Indexes filters by their bounds on a grid: each cell lists the filters whose range overlaps it.
 *
 * <p>How: a filter with a bound inside a cell can be a false candidate and must be rechecked;
 * bounds on cell borders (whole years, hundredths) need no recheck. Neighbouring cells with the
 * same filters share one bitmap, so a filter costs memory only at its bounds, not for the cells
 * between them.
 *
 * <p>Owner: confined to its index's event loop.
 */
final class RangePostings implements Postings {
  private static final int CELLS = Grid.CELLS;

  /** Where events have the number. */
  private final int attribute;

  private final Grid grid;

  /** Null for a cell that no range overlaps. */
  private final @Nullable RoaringBitmap[] slots = new RoaringBitmap[CELLS];

  /**
   * @param attribute the slot of the attribute in the events
   */
  RangePostings(int attribute, Grid grid) {
    this.attribute = attribute;
    this.grid = grid;
  }

  @Override
  public void add(Condition condition, int slot) {
    Condition.Range range = (Condition.Range) condition;
    int first = grid.cell(range.gte());
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
  public void remove(Condition condition, int slot) {
    Condition.Range range = (Condition.Range) condition;
    int first = grid.cell(range.gte());
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
  public boolean isExact(Condition condition) {
    Condition.Range range = (Condition.Range) condition;
    return grid.isBorder(range.gte()) && grid.isBorder(range.lt());
  }

  @Override
  public boolean find(Attributes attributes, MatchingSlots found) {
    double value = attributes.number(attribute);
    RoaringBitmap bitmap = Double.isNaN(value) ? null : slots[grid.cell(value)];
    if (bitmap == null) {
      return false;
    }
    found.setBitmap(bitmap);
    return true;
  }

  @Override
  public long bytes() {
    long bytes = HeapSizes.object(4 + 2L * HeapSizes.REFERENCE) + HeapSizes.references(CELLS);
    for (int cell = 0; cell < CELLS; cell = runEnd(cell, CELLS - 1)) {
      RoaringBitmap bitmap = slots[cell];
      bytes += bitmap == null ? 0 : HeapSizes.bitmap(bitmap);
    }
    return bytes;
  }

  private int lastCell(Condition.Range range) {
    return grid.cell(Math.nextDown(range.lt()));
  }
}
