package luna.sender.socket;

/** The forms of an event's frame. Clients with the same form share the frame. */
enum FrameForm {
  PLAIN,
  DEFLATED,
  PLAIN_WITH_POSITION,
  DEFLATED_WITH_POSITION,
  /** A Server-Sent Event. */
  SSE,
  /** A Server-Sent Event whose id is the position. */
  SSE_WITH_ID;

  static final int COUNT = 6;

  /** Returns the form for a WebSocket. */
  static FrameForm of(boolean deflated, boolean position) {
    if (position) {
      return deflated ? DEFLATED_WITH_POSITION : PLAIN_WITH_POSITION;
    }
    return deflated ? DEFLATED : PLAIN;
  }

  boolean isDeflated() {
    return this == DEFLATED || this == DEFLATED_WITH_POSITION;
  }

  boolean isPlainWebSocket() {
    return this == PLAIN || this == PLAIN_WITH_POSITION;
  }

  boolean hasPosition() {
    return this == PLAIN_WITH_POSITION || this == DEFLATED_WITH_POSITION;
  }

  /** Returns the form without compression. */
  FrameForm plain() {
    return switch (this) {
      case DEFLATED -> PLAIN;
      case DEFLATED_WITH_POSITION -> PLAIN_WITH_POSITION;
      default -> this;
    };
  }
}
