/**
 * Where the next connection starts in the history of the account; pure.
 */

/** How many past events a new stream begins with. */
const LAST = 50;

const IN_EVENT = /,"position":"([0-9a-f-]{1,120})"}$/;
const HEARTBEAT = /^{"position":"([0-9a-f-]{1,120})"}$/;

export class Resume {
  /** @param {boolean} history whether the service keeps one */
  constructor(history) {
    this.history = history;
    this.position = '';
  }

  /** Starts a new stream. */
  reset() {
    this.position = '';
  }

  /** Returns the path with the parameters of the next handshake. */
  path(path) {
    if (!this.history) {
      return path;
    }
    const start = this.position ? `after=${this.position}` : `last=${LAST}`;
    return `${path}${path.includes('?') ? '&' : '?'}positions=1&${start}`;
  }

  /** Records the position of a frame. Returns the frame without it, or null for a frame with nothing else. */
  received(frame) {
    if (!this.history) {
      return frame;
    }
    const alone = HEARTBEAT.exec(frame);
    const found = alone ?? (frame.startsWith('{"event":') ? IN_EVENT.exec(frame) : null);
    if (found === null) {
      return frame;
    }
    this.position = found[1];
    return alone ? null : `${frame.slice(0, found.index)}}`;
  }
}
