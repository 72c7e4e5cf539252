/**
 * The open interruptions of a stream; pure.
 *
 * @typedef {{from: string, cause: string}} Interruption
 */

/**
 * What the causes mean to a user, and what happens to events meanwhile.
 *
 * @type {Record<string, [string, string]>}
 */
const TEXTS = {
  redis_closed: ['Redis unreachable', 'events are being lost'],
  redis_lost: ['Redis unreachable', 'events are being lost'],
  redis_silent: ['Redis does not answer', 'events are being lost'],
  canary_lost: ['Redis delivers nothing', 'events are being lost'],
  subscription_lost: ['Not subscribed at Redis', 'events are being lost'],
  overload: ['Node overloaded', 'events are being dropped'],
  fault: ['Internal error of the service', 'events may be missing'],
};

export class Interruptions {
  /** @param {boolean} history whether the node reads afterwards what it missed */
  constructor(history) {
    this.history = history;
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

  /**
   * Returns why events may be missing now, and since when, or an empty text.
   *
   * @param {(time: string) => string} clock formats a time
   */
  text(clock) {
    const [first] = this.open;
    if (first === undefined) {
      return '';
    }
    const [what, loss] = TEXTS[first.cause] ?? [`Interrupted (${first.cause.replaceAll('_', ' ')})`, 'events may be missing'];
    const late = this.history && what.includes('Redis');
    return `${what} since ${clock(first.from)}; ${late ? 'events are late' : loss}`;
  }
}
