package luna.sender.cli.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The reconnect storm of a run: after the warm-up, clients lose their connections and come back.
 *
 * <p>Errors: {@link IllegalArgumentException} with the name of the command-line option.
 *
 * @param share the part of the clients that lose their connections, up to 1
 * @param away how long they stay away
 * @param handshakesPerSecond the rate at which they come back; 0 = all at once
 */
public record StormPlan(double share, Duration away, int handshakesPerSecond) {
  private static final long SEED = 1;
  private static final Duration MAX_AWAY = Duration.ofDays(1);

  public StormPlan {
    if (!(share > 0 && share <= 1)) {
      throw new IllegalArgumentException(
          "--storm-share: " + share + " (expected: above 0, at most 1)");
    }
    if (away.isNegative() || away.compareTo(MAX_AWAY) > 0) {
      throw new IllegalArgumentException("--storm-away: " + away + " (expected: 0s to 24h)");
    }
  }

  /** Chooses the clients, by index. Independent of accounts and filters, and the same each time. */
  BitSet choose(int clients) {
    List<Integer> indexes =
        IntStream.range(0, clients).boxed().collect(Collectors.toCollection(ArrayList::new));
    Collections.shuffle(indexes, new Random(SEED));
    BitSet chosen = new BitSet(clients);
    indexes.subList(0, (int) Math.max(1, Math.round(share * clients))).forEach(chosen::set);
    return chosen;
  }
}
