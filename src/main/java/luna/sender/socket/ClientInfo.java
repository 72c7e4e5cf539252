package luna.sender.socket;

/**
 * What operators see of a client, from its handshake.
 *
 * @param number unique on this node, ascending
 * @param sinceMillis when it connected, by the wall clock
 * @param address the client's address; empty if unknown
 * @param filter the query of its URL, cut if it is long
 * @param userAgent cut if it is long; empty if unknown
 */
public record ClientInfo(
    long number,
    long sinceMillis,
    Transport transport,
    String address,
    String filter,
    String userAgent) {}
