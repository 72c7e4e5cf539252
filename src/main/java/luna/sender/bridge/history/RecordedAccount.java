package luna.sender.bridge.history;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import luna.sender.bridge.HistoryKeys;
import org.jspecify.annotations.Nullable;

/**
 * The last payloads of one account, in the order of arrival, and what the recorder knows about the
 * account's stream.
 *
 * <p>Owner: confined to its recorder's event loop.
 */
final class RecordedAccount {
  final String id;
  final String live;

  /** The stream, its state, and the lease: the keys of the scripts. */
  final List<String> keys;

  /** The positions of what the leader appends. */
  final ProposedPositions positions = new ProposedPositions();

  private final Deque<HeardPayload> payloads = new ArrayDeque<>();

  /** Whether it is known which payloads the stream has, so that the others can be appended. */
  boolean prepared;

  /** Whether the stream is being read. */
  boolean preparing;

  RecordedAccount(String id, HistoryKeys names) {
    this.id = id;
    this.live = names.live(id);
    this.keys = List.of(names.stream(id), names.state(id), names.lease());
  }

  String stream() {
    return keys.get(0);
  }

  String state() {
    return keys.get(1);
  }

  void add(HeardPayload payload) {
    payloads.add(payload);
  }

  /** Removes a payload, which is most likely the oldest. */
  void remove(HeardPayload payload) {
    if (payloads.peekFirst() == payload) {
      payloads.removeFirst();
    } else {
      payloads.remove(payload);
    }
  }

  boolean isEmpty() {
    return payloads.isEmpty();
  }

  @Nullable HeardPayload newest() {
    return payloads.peekLast();
  }

  /** Returns the payloads, oldest first. */
  List<HeardPayload> payloads() {
    return new ArrayList<>(payloads);
  }

  /** Returns the payloads that are not in the stream, oldest first. */
  List<HeardPayload> waiting() {
    return payloads.stream()
        .filter(payload -> payload.state == HeardPayload.State.WAITING)
        .toList();
  }

  /** Forgets the positions of entries that are sent and not answered. */
  void forgetProposals() {
    for (HeardPayload payload : payloads) {
      if (payload.state == HeardPayload.State.SENT) {
        payload.position = null;
      }
    }
  }

  /** Inserts a gap before the first waiting payload that was received after {@code nanos}. */
  void insert(HeardPayload gap, long nanos) {
    List<HeardPayload> all = payloads();
    int index = 0;
    while (index < all.size()
        && (all.get(index).isAppended() || all.get(index).nanos - nanos < 0)) {
      index++;
    }
    all.add(index, gap);
    payloads.clear();
    payloads.addAll(all);
  }
}
