package luna.sender.event;

import java.util.List;

/**
 * An entry of an account's history: the events of one payload, or a gap.
 *
 * @param position the end of the entry
 * @param items the events of the payload that belong to the requested range, each with its
 *     position; or one {@link Gap}. Empty if the payload is malformed
 */
public record HistoryEntry(Position position, List<StreamItem> items) {}
