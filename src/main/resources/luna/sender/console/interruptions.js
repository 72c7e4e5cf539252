/**
 * The interruptions of a stream that have begun and not ended; pure.
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
   * A gap ends what it covers: a merged one begins earlier than was announced.
   *
   * @param {{from: string, to: string}} gap
   */
  end(gap) {
    const [from, to] = [Date.parse(gap.from), Date.parse(gap.to)];
    this.open = this.open.filter(one => !(from <= Date.parse(one.from) && Date.parse(one.from) <= to));
  }

  /** The connection has ended, and whatever was announced on it. */
  clear() {
    this.open = [];
  }

  /** Why events may be missing now, or empty. */
  get text() {
    const [first] = this.open;
    return first === undefined ? '' : `Interrupted: ${first.cause.replaceAll('_', ' ')}`;
  }
}
