/**
 * The open interruptions of a stream; pure.
 *
 * @typedef {{from: string, cause: string}} Interruption
 */
export class Interruptions {
  constructor() {
    /** @type {Interruption[]} oldest first */
    this.open = [];
  }

  /** @param {Interruption} interruption */
  begin(interruption) {
    this.open.push(interruption);
  }

  /**
   * Ends the interruptions that the gap covers. A merged gap begins earlier than its interruption.
   *
   * @param {{from: string, to: string}} gap
   */
  end(gap) {
    const [from, to] = [Date.parse(gap.from), Date.parse(gap.to)];
    this.open = this.open.filter(one => !(from <= Date.parse(one.from) && Date.parse(one.from) <= to));
  }

  /** Removes all interruptions, because the connection has ended. */
  clear() {
    this.open = [];
  }

  /** Returns why events may be missing now, or an empty text. */
  get text() {
    const [first] = this.open;
    return first === undefined ? '' : `Interrupted: ${first.cause.replaceAll('_', ' ')}`;
  }
}
