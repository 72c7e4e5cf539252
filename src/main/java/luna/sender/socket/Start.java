package luna.sender.socket;

import luna.sender.event.HistoryRequest;

/** The place in an account's stream of events at which a client starts. */
public sealed interface Start {
  /** The start of a client that gets only new events. */
  Start LIVE = new Live();

  /** The events that are published from now on. */
  record Live() implements Start {}

  /** The events of this part of the history, and then the new ones. */
  record From(HistoryRequest.Range range) implements Start {}

  /**
   * The newest events that pass the client's filter, and then the new ones.
   *
   * @param events their number, if the history has as many
   */
  record Last(int events) implements Start {}
}
