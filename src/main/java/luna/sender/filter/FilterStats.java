package luna.sender.filter;

import io.vertx.core.json.JsonObject;
import java.util.List;
import luna.sender.event.Attributes;

/**
 * Counts what one filter does with the events that come by: for a client that wants to know.
 *
 * <p>Shape: schema {@code StatsMessage} in {@code openapi.yaml}. An event that is refused counts at
 * each clause that refuses it, so these may come to more than were refused.
 *
 * <p>Owner: confined to its hub's event loop.
 *
 * <p>Why it asks the filter itself: the index finds whom an event goes to, and never looks at the
 * others. Who asks for this pays for it, at the cost of a filter that is asked one by one.
 */
public final class FilterStats {
  private final EventFilter filter;
  private final List<Clause> clauses;
  private final long[] refused;
  private long seen;
  private long passed;

  public FilterStats(EventFilter filter) {
    this.filter = filter;
    this.clauses = Clause.of(filter);
    this.refused = new long[clauses.size()];
  }

  /** Takes an event into account. */
  public void count(Attributes attributes) {
    seen++;
    boolean passes = true;
    for (int i = 0; i < refused.length; i++) {
      if (!clauses.get(i).passes(filter, attributes)) {
        refused[i]++;
        passes = false;
      }
    }
    if (passes) {
      passed++;
    }
  }

  /** How many events were taken into account. */
  public long seen() {
    return seen;
  }

  /** Of all since it was made. */
  public JsonObject json() {
    JsonObject byClause = new JsonObject();
    for (int i = 0; i < refused.length; i++) {
      byClause.put(clauses.get(i).parameter(), refused[i]);
    }
    return new JsonObject()
        .put(
            "stats",
            new JsonObject().put("seen", seen).put("passed", passed).put("refused", byClause));
  }
}
