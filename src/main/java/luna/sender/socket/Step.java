package luna.sender.socket;

import java.util.Arrays;
import java.util.Collection;

/** A step of the work of a hub: where a fault can occur, and what it is counted under. */
enum Step {
  /** An occurrence came over the bus. */
  TAKE("take"),
  /** The check whether the account's backlog has room for an event. */
  ADMIT("take"),
  /** A turn is put on the event loop. */
  SCHEDULE("schedule"),
  /** A turn takes an account's next occurrence. */
  NEXT("next"),
  /** An event is matched with an account's filters. */
  MATCH("match"),
  /** A filter's statistics count an event, or are sent. */
  WATCH("watch"),
  /** A session joins the burst. */
  WANT("want"),
  /** A frame is made. */
  FRAME("write"),
  /** A frame is made, compressed. */
  DEFLATE("write"),
  /** A frame is written to a session's channel. */
  WRITE("write"),
  /** A frame is kept for a client that does not read. */
  KEEP("write"),
  /** Kept frames are written. */
  FEED("write"),
  /** A session's channel is flushed. */
  FLUSH("flush"),
  /** Frames that the socket has taken are counted. */
  SETTLE("settle"),
  /** The memory of a session's waiting frames is counted. */
  BUDGET("flush"),
  /** A burst's frame is released. */
  LET_GO("let_go"),
  /** A trace is written. */
  TRACE("trace"),
  /** A session is told of a gap. */
  GAP("gap"),
  /** What a client has sent is read. */
  INBOUND("inbound"),
  /** The periodic look at a session. */
  TICK("tick"),
  /** The periodic work of a hub. */
  SWEEP("sweep"),
  /** A session begins. */
  ENTER("enter"),
  /** A close frame is written. */
  CLOSE("close"),
  /** A session ends. */
  LEAVE("leave");

  private final String label;

  Step(String label) {
    this.label = label;
  }

  /** The value of the metric's label: steps that are caught at one place share it. */
  String label() {
    return label;
  }

  static Collection<String> labels() {
    return Arrays.stream(values()).map(Step::label).distinct().toList();
  }
}
