package luna.sender.filter;

import io.vertx.core.json.JsonObject;
import java.util.List;
import luna.sender.event.Attributes;

/**
 * Counts how many events one client's filter passes and rejects, by clause.
 *
 * <p>Shape: schema {@code StatsMessage} in {@code openapi.yaml}. A rejected event counts at each
 * clause that rejects it, so the counts by clause can sum to more than the rejected events. On the
 * wire, the counts of rejected events are named {@code refused}.
 *
 * <p>Owner: confined to its hub's event loop.
 *
 * <p>Why this evaluates the filter again: the index only finds the clients that receive an event;
 * it never evaluates the filters of the others. Only clients that request statistics cost this
 * extra evaluation.
 */
public final class FilterStats {
  private final List<Clause> clauses;
  private final long[] refused;
  private long seen;
  private long passed;

  public FilterStats(EventFilter filter) {
    this.clauses = Clause.of(filter);
    this.refused = new long[clauses.size()];
  }

  /** Counts an event. */
  public void count(Attributes attributes) {
    seen++;
    boolean passes = true;
    for (int i = 0; i < refused.length; i++) {
      if (!clauses.get(i).passes(attributes)) {
        refused[i]++;
        passes = false;
      }
    }
    if (passes) {
      passed++;
    }
  }

  /** Returns the number of counted events. */
  public long seen() {
    return seen;
  }

  /** Returns the counts since this object was created. */
  public JsonObject json() {
    JsonObject byClause = new JsonObject();
    for (int i = 0; i < refused.length; i++) {
      byClause.put(clauses.get(i).parameter().name(), refused[i]);
    }
    return new JsonObject()
        .put(
            "stats",
            new JsonObject().put("seen", seen).put("passed", passed).put("refused", byClause));
  }
}
