package luna.sender.chaos;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;

/**
 * The counted results of all clients.
 *
 * <p>Owner: thread-safe.
 */
final class RunResults {
  private static final int EXAMPLES = 6;
  private static final int EXPLAINED_EXAMPLES = 50;

  final LongAdder delivered = new LongAdder();
  final LongAdder explained = new LongAdder();
  final LongAdder unexplained = new LongAdder();
  final LongAdder duplicated = new LongAdder();
  final LongAdder outOfOrder = new LongAdder();
  final LongAdder wrong = new LongAdder();

  /** Gaps with an impossible number or impossible times. */
  final LongAdder miscounted = new LongAdder();

  final LongAdder gaps = new LongAdder();
  final LongAdder opened = new LongAdder();
  final LongAdder refused = new LongAdder();

  /** The first events that were missing and covered by a gap. */
  private final Set<String> explainedEvents = ConcurrentHashMap.newKeySet();

  private final Map<String, LongAdder> resumes = new ConcurrentHashMap<>();
  private final Map<String, LongAdder> closes = new ConcurrentHashMap<>();
  private final Map<String, LongAdder> causes = new ConcurrentHashMap<>();
  private final ConcurrentLinkedQueue<String> examples = new ConcurrentLinkedQueue<>();

  void closed(int code) {
    closes.computeIfAbsent(Integer.toString(code), absent -> new LongAdder()).increment();
  }

  void resumed(String outcome) {
    resumes.computeIfAbsent(outcome, absent -> new LongAdder()).increment();
  }

  void gap(String cause) {
    gaps.increment();
    causes.computeIfAbsent(cause, absent -> new LongAdder()).increment();
  }

  /** Counts an event that is missing and covered by a gap. Prints each event once. */
  void explained(String event) {
    explained.increment();
    if (explainedEvents.size() < EXPLAINED_EXAMPLES && explainedEvents.add(event)) {
      System.out.println("  covered by a gap: " + event);
    }
  }

  void fault(LongAdder of, String what) {
    of.increment();
    if (of.sum() <= EXAMPLES) {
      examples.add(what);
      // Now, so that the log of a node at this time can be read.
      System.out.println("  " + what);
    }
  }

  boolean isClean() {
    return unexplained.sum() + duplicated.sum() + outOfOrder.sum() + wrong.sum() + miscounted.sum()
        == 0;
  }

  List<String> examples() {
    return List.copyOf(examples);
  }

  String table() {
    return """
        deliveries                          %,d
        missing, covered by a gap           %,d
        missing, unexplained                %,d
        delivered twice                     %,d
        out of order                        %,d
        against the filter                  %,d
        gaps with a wrong number or time    %,d
        gap messages                        %,d %s
        sessions opened                     %,d
        handshakes rejected or failed       %,d
        closed by the service, by code      %s
        sessions resumed, by outcome        %s
        """
        .formatted(
            delivered.sum(),
            explained.sum(),
            unexplained.sum(),
            duplicated.sum(),
            outOfOrder.sum(),
            wrong.sum(),
            miscounted.sum(),
            gaps.sum(),
            new TreeMap<>(causes),
            opened.sum(),
            refused.sum(),
            new TreeMap<>(closes),
            new TreeMap<>(resumes));
  }
}
