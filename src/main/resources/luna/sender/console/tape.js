/**
 * What has come and is not shown yet: bounded, newest kept, everything counted; pure.
 *
 * @template {{gap?: object}} Row a gap is never left out for want of time
 */
export class Tape {
  /** @param {number} limit of rows that are kept */
  constructor(limit) {
    this.limit = limit;
    /** @type {Row[]} oldest first */
    this.rows = [];
    /** Events since the last take, kept or not. */
    this.count = 0;
  }

  push(row) {
    this.count += row.gap ? 0 : 1;
    this.rows.push(row);
    // In blocks, for to shift an array at each of thousands of events is not free.
    if (this.rows.length >= 2 * this.limit) {
      this.rows.splice(0, this.rows.length - this.limit);
    }
  }

  /**
   * Empties it.
   *
   * @param {(taken: number) => boolean} more whether the reader can take another event
   * @param {(row: Row) => void} each gets the rows, newest first
   * @returns {number} events that nobody got
   */
  take(more, each) {
    let taken = 0;
    for (const row of this.rows.slice(-this.limit).reverse()) {
      if (row.gap) {
        each(row);
      } else if (more(taken)) {
        taken++;
        each(row);
      }
    }
    const skipped = this.count - taken;
    this.clear();
    return skipped;
  }

  clear() {
    this.rows = [];
    this.count = 0;
  }
}
