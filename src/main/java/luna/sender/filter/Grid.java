package luna.sender.filter;

/**
 * Divides the numbers into cells.
 *
 * <p>Shape: {@value #CELLS} cells. Most are equally wide, from the lowest number that is expected;
 * the width of the last ones doubles from cell to cell. The first cell has no lower end, the last
 * one no upper end.
 *
 * @param first the upper end of what is below all expected numbers
 * @param cellsPerUnit a power of ten, so that decimal bounds lie on borders
 */
record Grid(double first, double cellsPerUnit) {
  static final int CELLS = 128;

  /** How many cells are equally wide. */
  static final int EQUAL_CELLS = 112;

  /** Returns the grid for numbers of this range, from 0 if it has no minimum. */
  static Grid of(double minimum, double maximum) {
    double first = Double.isInfinite(minimum) ? 0 : minimum;
    double range = maximum - first;
    return new Grid(
        first,
        Double.isInfinite(range) || !(range > 0)
            ? 1
            : Math.pow(10, Math.floor(Math.log10(EQUAL_CELLS / range))));
  }

  /** Returns the lower end of the cell. */
  double border(int cell) {
    double cells =
        cell <= EQUAL_CELLS ? cell : Math.scalb((double) EQUAL_CELLS, cell - EQUAL_CELLS);
    return first + cells / cellsPerUnit;
  }

  /**
   * Returns the cell that contains the value. Uses the same arithmetic as {@link #border}, so
   * rounding cannot disagree.
   */
  int cell(double value) {
    double cells = (value - first) * cellsPerUnit;
    double near = cells < EQUAL_CELLS ? cells : EQUAL_CELLS + Math.getExponent(cells / EQUAL_CELLS);
    int cell = (int) Math.max(0, Math.min(CELLS - 1, near));
    if (cell + 1 < CELLS && value >= border(cell + 1)) {
      return cell + 1;
    }
    return cell > 0 && value < border(cell) ? cell - 1 : cell;
  }

  /** Returns whether a range that ends here consists of whole cells. */
  boolean isBorder(double bound) {
    return Double.isInfinite(bound) || (bound > first && bound == border(cell(bound)));
  }
}
