package luna.sender.testing;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Parses line protocol as strictly as InfluxDB documents it, and more strictly where a database
 * would guess: tags must be sorted, escapes must be known ones, and times must be in nanoseconds
 * and within this hour.
 *
 * <p>Errors: {@link IllegalArgumentException} with the line.
 *
 * <p>Source: https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/
 */
public final class LineProtocol {
  private static final Pattern FLOAT = Pattern.compile("-?[0-9]+\\.[0-9]+");
  private static final Pattern INTEGER = Pattern.compile("(-?[0-9]+)i");
  private static final Pattern NANOS = Pattern.compile("[1-9][0-9]{18}");
  private static final Pattern NAME = Pattern.compile("[a-z][a-z_]*");

  private final String line;
  private int at;

  /**
   * One point.
   *
   * @param fields a {@code String}, a {@code Long} or a {@code Double} each
   */
  public record Point(
      String series, Map<String, String> tags, Map<String, Object> fields, long nanos) {
    /**
     * Returns the identity of the point: a database replaces a point by another one with the same
     * identity.
     */
    public String key() {
      return series + tags + nanos;
    }

    public String tag(String name) {
      return tags.get(name);
    }

    public String text(String name) {
      return String.valueOf(fields.get(name));
    }

    public double number(String name) {
      return ((Number) fields.get(name)).doubleValue();
    }
  }

  private LineProtocol(String line) {
    this.line = line;
  }

  /** Returns the points of a body, one per line. */
  public static List<Point> parse(String body) {
    if (!body.endsWith("\n")) {
      throw new IllegalArgumentException("body: " + body + " (expected: an end of its line)");
    }
    List<Point> points = new ArrayList<>();
    for (String line : body.substring(0, body.length() - 1).split("\n", -1)) {
      points.add(new LineProtocol(line).point());
    }
    return points;
  }

  private Point point() {
    require(line.chars().noneMatch(Character::isISOControl), "no control characters");
    String series = name(", ");
    TreeMap<String, String> tags = new TreeMap<>();
    while (take(',')) {
      String name = name("=");
      require(take('='), "= after a tag");
      require(tags.isEmpty() || tags.lastKey().compareTo(name) < 0, "tags once, in order");
      tags.put(name, tagValue());
    }
    require(take(' '), "a space before fields");
    Map<String, Object> fields = new LinkedHashMap<>();
    do {
      String name = name("=");
      require(take('='), "= after a field");
      require(fields.put(name, fieldValue()) == null, "fields once");
    } while (take(','));
    require(take(' '), "a space before the time");
    String time = line.substring(at);
    require(NANOS.matcher(time).matches(), "19 digits of time");
    long nanos = Long.parseLong(time);
    long off = Math.abs(System.currentTimeMillis() - nanos / 1_000_000);
    require(off < Duration.ofHours(1).toMillis(), "a time of this hour");
    return new Point(series, tags, fields, nanos);
  }

  private String name(String ends) {
    int start = at;
    while (at < line.length() && ends.indexOf(line.charAt(at)) < 0) {
      at++;
    }
    String name = line.substring(start, at);
    require(NAME.matcher(name).matches(), "a plain name");
    return name;
  }

  private String tagValue() {
    StringBuilder value = new StringBuilder();
    while (at < line.length() && ", ".indexOf(line.charAt(at)) < 0) {
      char c = line.charAt(at++);
      require(c != '=', "no plain = in a tag");
      if (c == '\\') {
        require(at < line.length() && ",= ".indexOf(line.charAt(at)) >= 0, "a known escape");
        c = line.charAt(at++);
      }
      value.append(c);
    }
    require(!value.isEmpty(), "tags that are not empty");
    return value.toString();
  }

  private Object fieldValue() {
    if (take('"')) {
      return text();
    }
    int start = at;
    while (at < line.length() && ", ".indexOf(line.charAt(at)) < 0) {
      at++;
    }
    String number = line.substring(start, at);
    Matcher integer = INTEGER.matcher(number);
    if (integer.matches()) {
      return Long.valueOf(integer.group(1));
    }
    require(FLOAT.matcher(number).matches(), "a text, an integer or a float");
    return Double.valueOf(number);
  }

  private String text() {
    StringBuilder value = new StringBuilder();
    while (!take('"')) {
      require(at < line.length(), "an end of the text");
      char c = line.charAt(at++);
      if (c == '\\') {
        require(at < line.length() && "\"\\".indexOf(line.charAt(at)) >= 0, "a known escape");
        c = line.charAt(at++);
      }
      value.append(c);
    }
    return value.toString();
  }

  private boolean take(char c) {
    boolean there = at < line.length() && line.charAt(at) == c;
    at += there ? 1 : 0;
    return there;
  }

  private void require(boolean holds, String expected) {
    if (!holds) {
      throw new IllegalArgumentException(
          "line: " + line + " at " + at + " (expected: " + expected + ")");
    }
  }
}
