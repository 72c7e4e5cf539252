package luna.sender.metrics;

import java.nio.charset.StandardCharsets;

/**
 * Builds one point in InfluxDB's line protocol: series, tags, fields, time.
 *
 * <p>Shape: tags come before fields, sorted by name, as the database sorts them. No value can end
 * its line or start another part of it: a character without an escaped form becomes {@code _}
 * (control characters, and in a tag a backslash, which would escape the next character). An empty
 * tag is omitted, because the database rejects it.
 *
 * <p>Owner: one thread.
 *
 * <p>Source: https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/
 */
final class PointBuilder {
  private static final long NANOS = 1_000_000_000;

  private final StringBuilder text = new StringBuilder(192);
  private boolean fields;

  /**
   * @param series a constant name that needs no escaping
   */
  PointBuilder(String series) {
    text.append(series);
  }

  PointBuilder tag(String name, String value) {
    if (value.isEmpty()) {
      return this;
    }
    text.append(',').append(name).append('=');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (Character.isISOControl(c) || c == '\\') {
        text.append('_');
      } else {
        if (c == ',' || c == '=' || c == ' ') {
          text.append('\\');
        }
        text.append(c);
      }
    }
    return this;
  }

  PointBuilder field(String name, String value) {
    key(name).append('"');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '"' || c == '\\') {
        text.append('\\');
      }
      text.append(Character.isISOControl(c) ? '_' : c);
    }
    text.append('"');
    return this;
  }

  PointBuilder field(String name, long value) {
    key(name).append(value).append('i');
    return this;
  }

  /** Adds a duration as a float in seconds, exact to the nanosecond. */
  PointBuilder seconds(String name, long nanos) {
    long known = Math.max(0, nanos);
    key(name).append(known / NANOS).append('.');
    // Adding one second keeps the leading zeros; its digit is then removed.
    text.append(known % NANOS + NANOS).deleteCharAt(text.length() - 10);
    return this;
  }

  /** Returns the bytes of the line, including its line feed. */
  byte[] at(long epochNanos) {
    text.append(' ').append(epochNanos).append('\n');
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  private StringBuilder key(String name) {
    text.append(fields ? ',' : ' ').append(name).append('=');
    fields = true;
    return text;
  }
}
