package luna.sender.event;

/**
 * A request to the bridge of an account for one of the recent events that it stores.
 *
 * <p>Shape: a request to {@link BusAddresses#recall}; the reply is the {@link Event}.
 *
 * <p>Errors: the request fails with {@link #NONE}.
 *
 * @param account lower-case UUID
 * @param eventId the {@code event_id} of the event
 */
public record StoredEventRequest(String account, String eventId) {
  /** Failure code: the bridge has no such event. */
  public static final int NONE = 1;
}
