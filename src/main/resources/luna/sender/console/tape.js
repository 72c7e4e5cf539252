/** The maximum number of characters of all rows. */
const MAX_CHARACTERS = 100_000_000;

/**
 * The queue of events that are not shown yet: bounded, keeps the newest, counts all; pure.
 *
 * @template {{frame: string, gap?: object}} Row a gap is never skipped
 */
export class Tape {
  /** @param {number} limit the maximum number of rows */
  constructor(limit) {
    this.limit = limit;
    /** @type {Row[]} oldest first */
    this.rows = [];
    /** Events since the last take, including the discarded ones. */
    this.count = 0;
    this.characters = 0;
  }

  /** Returns how many rows can be taken. */
  get kept() {
    return Math.min(this.rows.length, this.limit);
  }

  push(row) {
    this.count += row.gap ? 0 : 1;
    this.rows.push(row);
    this.characters += row.frame.length;
    // Discard many at once, because shifting the array for each event would be slow.
    if (this.rows.length >= 2 * this.limit || this.characters > MAX_CHARACTERS) {
      const dropped = this.rows.splice(0, Math.floor(this.rows.length / 2));
      this.characters -= dropped.reduce((sum, {frame}) => sum + frame.length, 0);
    }
  }

  /**
   * Removes all rows.
   *
   * @param {(taken: number) => boolean} more returns whether another event can be taken
   * @param {(row: Row) => void} each receives the rows, newest first
   * @returns {number} the number of events that were skipped
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
    this.characters = 0;
  }
}
