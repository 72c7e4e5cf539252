package luna.sender.cli.bench;

/**
 * The delivery errors, as counts of (event, client) pairs.
 *
 * @param lost wanted and never delivered
 * @param duplicated delivered more than once
 * @param outOfOrder delivered after a later event
 * @param wrong excluded by the filter, of another account, or not of this run
 */
public record DeliveryErrors(long lost, long duplicated, long outOfOrder, long wrong) {
  public boolean any() {
    return lost + duplicated + outOfOrder + wrong > 0;
  }
}
