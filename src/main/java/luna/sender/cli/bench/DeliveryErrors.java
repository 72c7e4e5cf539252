package luna.sender.cli.bench;

/**
 * What must not happen, as counts of pairs of an event and a client.
 *
 * <p>Owner: immutable.
 *
 * @param lost wanted and never delivered
 * @param duplicated delivered again
 * @param outOfOrder delivered after a later one
 * @param wrong not wanted by the filter, of another account, or not of this run
 */
public record DeliveryErrors(long lost, long duplicated, long outOfOrder, long wrong) {
  public boolean any() {
    return lost + duplicated + outOfOrder + wrong > 0;
  }
}
