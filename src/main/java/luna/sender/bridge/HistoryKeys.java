package luna.sender.bridge;

/**
 * The names of what the history uses in Redis. The account is a hash tag, so in a Cluster all of
 * one account are in one slot.
 *
 * @param prefix the {@code CHANNEL_PREFIX}
 */
public record HistoryKeys(String prefix) {
  /** Returns the stream with the events of an account. */
  public String stream(String account) {
    return prefix + ".history:{" + account + "}";
  }

  /** Returns the hash with the epoch and the newest position of an account. */
  public String state(String account) {
    return prefix + ".history.state:{" + account + "}";
  }

  /** Returns the channel on which recorded events are published with their position. */
  public String live(String account) {
    return liveChannels() + "{" + account + "}";
  }

  /** Returns the common prefix of all live channels. */
  public String liveChannels() {
    return prefix + ".live:";
  }

  /** Returns the account of a live channel. */
  public String account(String live) {
    return live.substring(liveChannels().length() + 1, live.length() - 1);
  }

  /** Returns the key whose value is the token of the current recorder. */
  public String lease() {
    return prefix + ".history.recorder";
  }

  /** Returns the key with the time until which the recorders have received every event. */
  public String heard() {
    return prefix + ".history.heard:" + leaseTag();
  }

  /** Returns the key with the fence of the last recorder in a Cluster. */
  public String fence() {
    return prefix + ".history.fence:" + leaseTag();
  }

  /** In a Cluster, what has this tag is in the slot of the lease. */
  private String leaseTag() {
    return "{" + lease() + "}";
  }
}
