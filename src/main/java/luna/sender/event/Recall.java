package luna.sender.event;

/**
 * Asks the bridge of an account for one of the last events that it keeps.
 *
 * <p>Shape: a request to {@link BusAddresses#recall}; the reply is the {@link Event}.
 *
 * <p>Errors: the request fails with {@link #NONE}.
 *
 * <p>Owner: immutable.
 *
 * @param account lower-case UUID
 * @param eventId the {@code event_id} that the event has
 */
public record Recall(String account, String eventId) {
  /** Failure code: no such event is kept. */
  public static final int NONE = 1;
}
