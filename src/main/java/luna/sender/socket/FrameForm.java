package luna.sender.socket;

/** The forms of an event's frame. Clients with the same form share the frame. */
enum FrameForm {
  PLAIN,
  DEFLATED,
  PLAIN_WITH_POSITION,
  DEFLATED_WITH_POSITION;

  static final int COUNT = 4;

  static FrameForm of(boolean deflated, boolean position) {
    if (position) {
      return deflated ? DEFLATED_WITH_POSITION : PLAIN_WITH_POSITION;
    }
    return deflated ? DEFLATED : PLAIN;
  }

  boolean isDeflated() {
    return this == DEFLATED || this == DEFLATED_WITH_POSITION;
  }

  boolean hasPosition() {
    return this == PLAIN_WITH_POSITION || this == DEFLATED_WITH_POSITION;
  }

  /** Returns the form without compression. */
  FrameForm plain() {
    return of(false, hasPosition());
  }
}
