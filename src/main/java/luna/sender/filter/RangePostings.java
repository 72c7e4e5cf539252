package luna.sender.filter;

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
 *
 * <p>Owner: confined to its index's event loop.
 */
final class RangePostings implements Postings {
  private static final int CELLS = 128;

  private final Function<EventFilter, EventFilter.Range> wanted;
  private final ToDoubleFunction<Attributes> actual;
  private final double cellsPerUnit;
  private final RoaringBitmap[] slots = new RoaringBitmap[CELLS];

  RangePostings(
      Function<EventFilter, EventFilter.Range> wanted,
      ToDoubleFunction<Attributes> actual,
      double cellsPerUnit) {
    this.wanted = wanted;
    this.actual = actual;
    this.cellsPerUnit = cellsPerUnit;
    for (int cell = 0; cell < CELLS; cell++) {
      slots[cell] = new RoaringBitmap();
    }
  }

  @Override
  public void add(EventFilter filter, int slot) {
    EventFilter.Range range = wanted.apply(filter);
    int last = last(range);
    for (int cell = cell(range.gte()); cell <= last; cell++) {
      slots[cell].add(slot);
    }
  }

  @Override
  public void remove(EventFilter filter, int slot) {
    EventFilter.Range range = wanted.apply(filter);
    int last = last(range);
    for (int cell = cell(range.gte()); cell <= last; cell++) {
      slots[cell].remove(slot);
    }
  }

  @Override
  public boolean isExact(EventFilter filter) {
    EventFilter.Range range = wanted.apply(filter);
    return isBorder(range.gte()) && isBorder(range.lt());
  }

  @Override
  public @Nullable RoaringBitmap of(Attributes attributes) {
    double value = actual.applyAsDouble(attributes);
    if (Double.isNaN(value)) {
      return null;
    }
    RoaringBitmap bitmap = slots[cell(value)];
    return bitmap.isEmpty() ? null : bitmap;
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
