package luna.sender.socket;

import java.util.Arrays;
import java.util.Collection;

/** A step of a hub's work in which a fault can occur, and the label that counts it. */
enum Step {
  /** An item arrives from the event bus. */
  TAKE("take"),
  /** The account's backlog is checked for room for an event. */
  ADMIT("take"),
  /** A turn is scheduled on the event loop. */
  SCHEDULE("schedule"),
  /** A turn takes an account's next item. */
  NEXT("next"),
  /** An event is matched against an account's filters. */
  MATCH("match"),
  /** A filter's statistics count an event, or are sent. */
  STATS("watch"),
  /** An event of the batch is marked for a session. */
  MARK("want"),
  /** A plain frame is encoded. */
  FRAME("write"),
  /** A compressed frame is encoded. */
  DEFLATE("write"),
  /** A frame is written to a session's channel. */
  WRITE("write"),
  /** A frame is added to a client's backlog. */
  BUFFER("write"),
  /** Frames of a backlog are written. */
  DRAIN("write"),
  /** A session's channel is flushed. */
  FLUSH("flush"),
  /** Frames that the socket has accepted are counted. */
  SETTLE("settle"),
  /** The memory of a session's waiting frames is counted. */
  BUDGET("flush"),
  /** A frame of the batch is released. */
  RELEASE("let_go"),
  /** A trace is recorded. */
  TRACE("trace"),
  /** A gap is sent to a session. */
  GAP("gap"),
  /** Data from a client is read. */
  INBOUND("inbound"),
  /** The sweep checks a session. */
  TICK("tick"),
  /** The periodic work of a hub. */
  SWEEP("sweep"),
  /** A session starts. */
  ENTER("enter"),
  /** A close frame is written. */
  CLOSE("close"),
  /** A session ends. */
  LEAVE("leave");

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
