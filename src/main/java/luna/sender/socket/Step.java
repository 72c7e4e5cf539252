package luna.sender.socket;

import java.util.Arrays;
import java.util.Collection;

/** A step of a hub's work in which a fault can occur, and the label that counts it. */
enum Step {
  /** An item arrives from the event bus. */
  RECEIVE("receive"),
  /** The account's backlog is checked for room for an event. */
  ADMIT("receive"),
  /** A turn is scheduled on the event loop. */
  SCHEDULE("schedule"),
  /** A turn takes an account's next item. */
  DEQUEUE("dequeue"),
  /** An event is matched against an account's filters. */
  MATCH("match"),
  /** A filter's statistics count an event, or are sent. */
  STATS("stats"),
  /** An event is added to the batch of a session whose filter matches. */
  DELIVER("deliver"),
  /** A plain frame is encoded. */
  ENCODE("write"),
  /** A compressed frame is encoded. */
  DEFLATE("write"),
  /** A frame is written to a session's channel. */
  WRITE("write"),
  /** A frame is added to a client's queue. */
  BUFFER("write"),
  /** Queued frames are written. */
  DRAIN("write"),
  /** A session's channel is flushed. */
  FLUSH("flush"),
  /** Writes that the socket has completed are counted. */
  COMPLETE("complete"),
  /** The memory of a session's queued frames is counted. */
  BUDGET("flush"),
  /** A frame of the batch is released. */
  RELEASE("release"),
  /** A trace is recorded. */
  TRACE("trace"),
  /** A gap is sent to a session. */
  GAP("gap"),
  /** Data from a client is read. */
  READ("read"),
  /** The sweep checks a session. */
  CHECK("check"),
  /** The periodic work of a hub. */
  SWEEP("sweep"),
  /** A session starts. */
  OPEN("open"),
  /** A close frame is written. */
  CLOSE("close"),
  /** A session ends, and perhaps the subscription of its account. */
  END("end");

  private final String label;

  Step(String label) {
    this.label = label;
  }

  /** Returns the value of the metric's label. Steps that are caught in the same place share one. */
  String label() {
    return label;
  }

  static Collection<String> labels() {
    return Arrays.stream(values()).map(Step::label).distinct().toList();
  }
}
