package luna.sender.socket;

import io.vertx.core.eventbus.MessageConsumer;
import java.util.ArrayList;
import java.util.List;
import luna.sender.event.Event;
import org.jspecify.annotations.Nullable;

/**
 * The sessions of one account on one hub, and the account's bus consumer.
 *
 * <p>Owner: confined to its hub's event loop.
 */
final class AccountSessions {
  final List<Session> sessions = new ArrayList<>();

  /** Sessions and handshakes on their way: while there is one, the account stays subscribed. */
  int holds;

  @Nullable MessageConsumer<Event> consumer;

  /** The timer that gives the account up, or -1. */
  long lingerTimer = -1;
}
