package luna.sender.admission;

import java.util.Locale;

/**
 * The limits that a request can exceed. The lower-case name is the value of the metric's label.
 *
 * <p>See: {@link Admission} and {@link WorkQueue} enforce them; {@code api.LimitError} has the
 * response of each.
 */
public enum Limit {
  CONNECTIONS,
  HTTP_CONNECTIONS,
  CONNECTIONS_PER_ACCOUNT,
  CONNECTIONS_PER_ADDRESS,
  STATS_PER_ACCOUNT,
  HANDSHAKES_PER_SECOND,
  TOKEN_CHECKS,
  EXPLANATIONS,
  FILTER_VALUES_PER_CONNECTION,
  FILTER_BYTES_PER_ACCOUNT,
  FILTER_BYTES;

  String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
