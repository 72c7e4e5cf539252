package luna.sender.socket;

import luna.sender.config.WsSettings.SlowPolicy;
import org.jspecify.annotations.Nullable;

/**
 * Selects clients for operators: those that fulfil all conditions. Null is no condition.
 *
 * @param account lower-case UUID
 * @param minQueuedBytes as {@link ConnectionState#queuedBytes}
 */
public record ConnectionFilter(
    @Nullable String account,
    @Nullable String address,
    @Nullable SlowPolicy slow,
    long minQueuedBytes,
    long minDropped) {
  boolean matches(Session session, ClientInfo client) {
    return (account == null || session.account().account.equals(account))
        && (address == null || client.address().equals(address))
        && (slow == null || session.slowPolicy() == slow)
        && session.dropped() >= minDropped
        && (minQueuedBytes == 0 || session.queuedBytes() >= minQueuedBytes);
  }
}
