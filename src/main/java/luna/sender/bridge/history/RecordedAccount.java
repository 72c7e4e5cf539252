package luna.sender.bridge.history;

import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
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

  /** The stream and its state: the keys of the scripts. */
  final List<String> keys;

  final List<String> keysWithLease;

  /** The positions of what the leader appends. */
  final ProposedPositions positions = new ProposedPositions();

  private final Deque<HeardPayload> payloads = new ArrayDeque<>();

  /** The last entries of the stream that this recorder has not received from a publisher. */
  private final List<byte[]> unheard = new ArrayList<>();

  private long unheardUntilNanos;

  /** Whether it is known which payloads the stream has, so that the others can be appended. */
  boolean prepared;

  /** Completes when the stream has been read; null if it is not being read. */
  @Nullable Future<Void> preparation;

  /** The master of the account when its stream was prepared, in a Cluster; otherwise empty. */
  String master = "";

  /** Identifies the last raise of the account's fence. */
  int raised;

  /** How many entries the leader has sent since then. */
  int turn;

  RecordedAccount(String id, HistoryKeys names) {
    this.id = id;
    this.live = names.live(id);
    this.keysWithLease = List.of(names.stream(id), names.state(id), names.lease());
    this.keys = keysWithLease.subList(0, 2);
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

  /**
   * Records entries of the stream that this recorder has not received. They may still arrive,
   * because each node of a Cluster sends on at its own speed what is published.
   */
  void expect(List<byte[]> entries, long untilNanos) {
    unheard.clear();
    unheard.addAll(entries);
    unheardUntilNanos = untilNanos;
    for (HeardPayload payload : payloads) {
      if (payload.state == HeardPayload.State.WAITING && isRecorded(payload.text, payload.nanos)) {
        payload.state = HeardPayload.State.APPENDED;
      }
    }
  }

  /** Returns whether a payload that arrives now is one of the entries that were expected. */
  boolean isRecorded(byte[] text, long now) {
    if (unheard.isEmpty()) {
      return false;
    }
    if (now - unheardUntilNanos > 0) {
      unheard.clear();
      return false;
    }
    for (int i = 0; i < unheard.size(); i++) {
      if (Arrays.equals(unheard.get(i), text)) {
        unheard.remove(i);
        return true;
      }
    }
    return false;
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

  /**
   * Treats the payloads without an answer as not appended, and the stream as unknown.
   *
   * @param proposalsHold as {@link HeardPayloads#forgetStreams}
   */
  void forgetStream(boolean proposalsHold) {
    for (HeardPayload payload : payloads) {
      if (payload.state == HeardPayload.State.SENT) {
        payload.state = HeardPayload.State.WAITING;
        payload.position = proposalsHold ? payload.position : null;
      }
    }
    prepared = false;
    preparation = null;
    positions.forget();
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
