package luna.sender.metrics;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A parsed PromQL expression: the series that it selects, and the labels that it needs on them.
 *
 * <p>Shape: the whole grammar except histogram literals. Grafana variables may replace a duration,
 * a number or a part of a string.
 *
 * <p>Errors: {@code IllegalArgumentException} for invalid PromQL.
 *
 * <p>Owner: one test thread.
 *
 * <p>Source: https://prometheus.io/docs/prometheus/latest/querying/basics/
 */
final class PromQl {
  private static final Pattern TOKEN =
      Pattern.compile(
          "\\s+|#[^\\n]*"
              + "|(?<string>\"(?:[^\"\\\\]|\\\\.)*\"|'(?:[^'\\\\]|\\\\.)*'|`[^`]*`)"
              + "|(?<number>0[xX][0-9a-fA-F]+|(?:[0-9]*\\.)?[0-9]+(?:[eE][+-]?[0-9]+)?[a-z0-9]*)"
              + "|(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)"
              + "|(?<variable>\\$\\{?[a-zA-Z_]+}?)"
              + "|(?<sign>=~|!~|!=|==|<=|>=|[-+*/%^<>=(){}\\[\\],:@])");
  private static final Set<String> AGGREGATIONS =
      Set.of(
          ("sum avg count min max group stddev stdvar topk bottomk count_values quantile"
                  + " limitk limit_ratio")
              .split(" "));
  private static final Set<String> FUNCTIONS =
      Set.of(
          ("abs absent absent_over_time avg_over_time ceil changes clamp clamp_max clamp_min"
                  + " count_over_time delta deriv floor histogram_quantile increase irate label_join"
                  + " label_replace last_over_time max_over_time min_over_time predict_linear"
                  + " present_over_time quantile_over_time rate resets round scalar sort sort_desc"
                  + " sum_over_time time timestamp vector")
              .split(" "));
  private static final Set<String> OPERATORS =
      Set.of("+ - * / % ^ == != < > <= >= and or unless atan2".split(" "));

  /** A metric, and the labels that its series must have. */
  record Selector(String metric, Set<String> labels) {}

  private final String text;
  private final List<String> tokens = new ArrayList<>();
  private int next;

  private PromQl(String text) {
    this.text = text;
    Matcher matcher = TOKEN.matcher(text);
    int end = 0;
    while (end < text.length()) {
      if (!matcher.find(end) || matcher.start() != end) {
        throw new IllegalArgumentException(text + ": " + text.substring(end));
      }
      end = matcher.end();
      String token = matcher.group();
      if (!token.isBlank() && !token.startsWith("#")) {
        tokens.add(token);
      }
    }
  }

  /** Returns the series that the expression selects. */
  static List<Selector> parse(String text) {
    PromQl parser = new PromQl(text);
    List<Selector> selectors = parser.expression();
    parser.require(parser.next == parser.tokens.size());
    return selectors;
  }

  private List<Selector> expression() {
    List<Selector> selectors = new ArrayList<>(operand());
    while (OPERATORS.contains(peek().toLowerCase(Locale.ROOT))) {
      next++;
      accept("bool");
      Set<String> labels = new HashSet<>();
      if (accept("on") || accept("ignoring")) {
        labels.addAll(names());
        if (accept("group_left") || accept("group_right")) {
          if (peek().equals("(")) {
            labels.addAll(names());
          }
        }
      }
      selectors.addAll(operand());
      need(selectors, labels);
    }
    return selectors;
  }

  private List<Selector> operand() {
    while (accept("-") || accept("+")) {
      // A sign before an operand.
    }
    List<Selector> selectors;
    String token = peek();
    if (accept("(")) {
      selectors = expression();
      expect(")");
    } else if (AGGREGATIONS.contains(token) && !following().equals("{")) {
      selectors = aggregation();
    } else if (following().equals("(")) {
      require(FUNCTIONS.contains(token));
      next++;
      selectors = arguments();
    } else if (token.equals("{") || Character.isLetter(token.charAt(0)) || token.startsWith("_")) {
      selectors = List.of(selector());
    } else {
      require("\"'`$".indexOf(token.charAt(0)) >= 0 || Character.isDigit(token.charAt(0)));
      next++;
      selectors = List.of();
    }
    range();
    return selectors;
  }

  private List<Selector> aggregation() {
    next++;
    Set<String> labels = new HashSet<>();
    boolean grouped = grouping(labels);
    List<Selector> selectors = arguments();
    if (!grouped) {
      grouping(labels);
    }
    need(selectors, labels);
    return selectors;
  }

  private boolean grouping(Set<String> labels) {
    boolean grouped = accept("by") || accept("without");
    if (grouped) {
      labels.addAll(names());
    }
    return grouped;
  }

  /**
   * A label must be on one of the series that are joined or grouped; if none has it, the expression
   * is wrong.
   */
  private static void need(List<Selector> selectors, Set<String> labels) {
    for (Selector selector : selectors) {
      selector.labels.addAll(labels);
    }
  }

  private List<Selector> arguments() {
    List<Selector> selectors = new ArrayList<>();
    expect("(");
    while (!accept(")")) {
      selectors.addAll(expression());
      require(accept(",") || peek().equals(")"));
    }
    return selectors;
  }

  private Selector selector() {
    @Nullable String metric = peek().equals("{") ? null : tokens.get(next++);
    Set<String> labels = new HashSet<>();
    if (accept("{")) {
      while (!accept("}")) {
        String label = tokens.get(next++);
        String sign = tokens.get(next++);
        require(Set.of("=", "!=", "=~", "!~").contains(sign));
        String value = tokens.get(next++);
        require("\"'`".indexOf(value.charAt(0)) >= 0);
        if (label.equals("__name__")) {
          require(sign.equals("=") && metric == null);
          metric = value.substring(1, value.length() - 1);
        } else {
          labels.add(label);
        }
        require(accept(",") || peek().equals("}"));
      }
    }
    if (metric == null) {
      throw new IllegalArgumentException(
          text + ": no metric (expected: its name, by = if by label)");
    }
    return new Selector(metric, labels);
  }

  private void range() {
    if (accept("[")) {
      duration();
      if (accept(":") && !peek().equals("]")) {
        duration();
      }
      expect("]");
    }
    if (accept("offset")) {
      accept("-");
      duration();
    }
  }

  private void duration() {
    String duration = tokens.get(next++);
    require(duration.startsWith("$") || duration.matches("([0-9]+(ms|[smhdwy]))+"));
  }

  private List<String> names() {
    List<String> names = new ArrayList<>();
    expect("(");
    while (!accept(")")) {
      names.add(tokens.get(next++));
      require(accept(",") || peek().equals(")"));
    }
    return names;
  }

  private String peek() {
    return next < tokens.size() ? tokens.get(next) : " ";
  }

  private String following() {
    return next + 1 < tokens.size() ? tokens.get(next + 1) : " ";
  }

  private boolean accept(String token) {
    boolean accepted = peek().equals(token);
    if (accepted) {
      next++;
    }
    return accepted;
  }

  private void expect(String token) {
    require(accept(token));
  }

  private void require(boolean holds) {
    if (!holds) {
      throw new IllegalArgumentException(text + ": at " + peek() + " (expected: PromQL)");
    }
  }
}
