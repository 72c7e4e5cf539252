package luna.sender.socket;

/**
 * What operators see of an account on this node at one moment.
 *
 * @param account lower-case UUID
 * @param queuedBytes memory of the frames that are queued for its clients
 * @param filterBytes memory of their filters
 */
public record AccountState(String account, int connections, long queuedBytes, long filterBytes) {
  AccountState plus(AccountState other) {
    return new AccountState(
        account,
        connections + other.connections,
        queuedBytes + other.queuedBytes,
        filterBytes + other.filterBytes);
  }
}
