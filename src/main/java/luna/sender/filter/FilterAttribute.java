package luna.sender.filter;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import luna.sender.event.EventAttribute;

/**
 * An attribute of events together with a way to compare it: what an index has postings for. A lower
 * and an upper bound of the same number share one, every other parameter has its own.
 *
 * <p>Owner: not changed after the contract has been read.
 */
public final class FilterAttribute {
  private final int position;
  private final EventAttribute event;
  private final boolean all;
  private final double minimum;
  private final Grid grid;
  private final List<FilterParameter> parameters = new ArrayList<>(2);

  /**
   * @param position among the attributes of the contract
   * @param all whether an event must have all texts of a list
   * @param minimum the lowest number that is expected, or {@code -Infinity}
   * @param grid for a number
   */
  FilterAttribute(int position, EventAttribute event, boolean all, double minimum, Grid grid) {
    this.position = position;
    this.event = event;
    this.all = all;
    this.minimum = minimum;
    this.grid = grid;
  }

  void add(FilterParameter parameter) {
    parameters.add(parameter);
  }

  int position() {
    return position;
  }

  /** Returns where events have the attribute. */
  public EventAttribute event() {
    return event;
  }

  boolean all() {
    return all;
  }

  double minimum() {
    return minimum;
  }

  Grid grid() {
    return grid;
  }

  List<FilterParameter> parameters() {
    return Collections.unmodifiableList(parameters);
  }

  Postings postings() {
    return switch (event.type()) {
      case TEXT, UUID -> new TextPostings(event.slot(), all);
      case NUMBER -> new RangePostings(event.slot(), grid);
      case CODE, OBJECT -> new CodePostings(event.slot());
    };
  }
}
