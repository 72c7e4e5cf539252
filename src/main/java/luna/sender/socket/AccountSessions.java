package luna.sender.socket;

import io.vertx.core.eventbus.MessageConsumer;
import luna.sender.event.Occurrence;
import luna.sender.filter.FilterIndex;
import org.jspecify.annotations.Nullable;

/**
 * The sessions of one account on one hub, and the account's bus consumer.
 *
 * <p>Owner: confined to its hub's event loop.
 */
final class AccountSessions {
  /** Lower-case UUID: one text for all sessions. */
  final String account;

  final FilterIndex<Session> sessions = new FilterIndex<>();

  /** Sessions and handshakes on their way: while there is one, the account stays subscribed. */
  int holds;

  @Nullable MessageConsumer<Occurrence> consumer;

  /** The timer that gives the account up, or -1. */
  long lingerTimer = -1;

  AccountSessions(String account) {
    this.account = account;
  }
}
