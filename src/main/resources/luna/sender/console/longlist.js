/**
 * A list of thousands of rows, newest first. It consists of parts, and only the parts near the screen have
 * nodes; the others are empty boxes of the same height.
 *
 * @template {{frame: string}} Row
 */
const PART = 25;

/** How far from the screen a part is drawn, in heights of the screen. */
const NEAR = 1;

/** The height of a row that was never drawn. */
const ROW_HEIGHT = 64;

/** The maximum number of characters of all rows. */
const MAX_CHARACTERS = 100_000_000;

/** How long a search may take at once, in milliseconds. */
const BUDGET = 8;

export class LongList {
  /**
   * @param {HTMLElement} list
   * @param {number} limit the maximum number of rows
   * @param {(row: Row) => HTMLElement} draw
   * @param {() => void} drawn is called after nodes were added or removed
   */
  constructor(list, limit, draw, drawn) {
    this.list = list;
    this.limit = limit;
    this.draw = draw;
    this.drawn = drawn;
    /** The number of characters of all rows. */
    this.characters = 0;
    /** @type {Part<Row>[]} newest first */
    this.parts = [];
    this.size = 0;
    /** @type {(row: Row) => boolean} */
    this.matches = () => true;
    /** How many parts, from the newest on, the current search has covered. */
    this.searched = 0;
    this.searching = 0;
    this.syncing = 0;
    const later = () => {
      this.syncing ||= requestAnimationFrame(() => {
        this.syncing = 0;
        this.sync();
      });
    };
    addEventListener('scroll', later, {capture: true, passive: true});
    addEventListener('resize', later, {passive: true});
  }

  /** @param {Row[]} rows newest first, newer than all others */
  prepend(rows) {
    for (const row of rows.slice(0, this.limit).reverse()) {
      let [first] = this.parts;
      if (first === undefined || first.rows.length >= PART) {
        first = new Part(this.draw);
        this.parts.unshift(first);
        this.list.prepend(first.box);
        this.searched++;
      }
      first.add(row, this.matches(row));
      this.size++;
      this.characters += row.frame.length;
    }
    this.trim();
    this.sync();
  }

  trim() {
    while (this.size > this.limit || (this.characters > MAX_CHARACTERS && this.parts.length > 1)) {
      const last = /** @type {Part<Row>} */ (this.parts.at(-1));
      const excess = this.characters > MAX_CHARACTERS ? last.rows.length : this.size - this.limit;
      const dropped = last.dropOldest(Math.min(excess, last.rows.length));
      this.size -= dropped.length;
      this.characters -= dropped.reduce((sum, {frame}) => sum + frame.length, 0);
      if (last.rows.length === 0) {
        this.parts.pop();
        last.box.remove();
      }
    }
    this.searched = Math.min(this.searched, this.parts.length);
  }

  clear() {
    this.parts = [];
    this.size = 0;
    this.characters = 0;
    this.searched = 0;
    this.list.replaceChildren();
  }

  /** Shows only the rows that match, the newest first; a long list takes several frames. */
  filter(matches) {
    this.matches = matches;
    this.searched = 0;
    cancelAnimationFrame(this.searching);
    this.search();
  }

  search() {
    const start = performance.now();
    while (this.searched < this.parts.length && performance.now() - start < BUDGET) {
      this.parts[this.searched++].filter(this.matches);
    }
    this.searching = this.searched < this.parts.length ? requestAnimationFrame(() => this.search()) : 0;
    this.sync();
  }

  /** Returns whether each row was compared with the current search. */
  get isSearched() {
    return this.searched >= this.parts.length;
  }

  /** Returns how many rows match. */
  get shown() {
    return this.parts.reduce((sum, part) => sum + part.shown.length, 0);
  }

  /** Returns the matching rows, newest first. */
  rows() {
    return this.parts.flatMap(({shown}) => shown);
  }

  /** Draws the parts near the screen, and removes the nodes of the others. */
  sync() {
    const margin = innerHeight * NEAR;
    const places = this.parts.map(({box}) => box.getBoundingClientRect());
    this.parts.forEach((part, i) => {
      const {top, bottom} = places[i];
      if (bottom > -margin && top < innerHeight + margin) {
        part.fill();
      } else if (!part.box.contains(document.activeElement)) {
        part.empty(bottom - top);
      }
    });
    this.drawn();
  }

  /** Returns the drawn node after or before one, which is drawn if necessary; null at the ends. */
  neighbour(node, step) {
    const beside = step > 0 ? node.nextElementSibling : node.previousElementSibling;
    if (beside !== null) {
      return beside;
    }
    let at = this.parts.findIndex(({box}) => box.contains(node)) + step;
    while (this.parts[at] !== undefined && this.parts[at].shown.length === 0) {
      at += step;
    }
    this.parts[at]?.fill();
    const next = /** @type {HTMLElement[]} */ ([...(this.parts[at]?.box.children ?? [])]);
    return (step > 0 ? next[0] : next.at(-1)) ?? null;
  }

  /** Returns the first or the last node. */
  end(first) {
    const parts = this.parts.filter(({shown}) => shown.length > 0);
    const part = first ? parts[0] : parts.at(-1);
    part?.fill();
    return /** @type {HTMLElement|null} */ (first ? part?.box.firstElementChild : part?.box.lastElementChild) ?? null;
  }
}

/** @template {{frame: string}} Row */
class Part {
  /** @param {(row: Row) => HTMLElement} draw */
  constructor(draw) {
    this.draw = draw;
    this.box = document.createElement('div');
    this.box.className = 'part';
    this.box.setAttribute('role', 'presentation');
    /** @type {Row[]} newest first */
    this.rows = [];
    /** @type {Row[]} the ones that match the search */
    this.shown = [];
    this.drawn = false;
  }

  add(row, matches) {
    this.rows.unshift(row);
    if (matches) {
      this.shown.unshift(row);
      if (this.drawn) {
        this.box.prepend(this.draw(row));
      } else {
        this.reserve(this.shown.length * ROW_HEIGHT);
      }
    }
  }

  /** Removes and returns the oldest rows. */
  dropOldest(count) {
    const dropped = this.rows.splice(-count);
    const gone = new Set(dropped);
    const kept = this.shown.filter(row => !gone.has(row));
    for (let i = this.shown.length - kept.length; i > 0; i--) {
      this.box.lastElementChild?.remove();
    }
    this.shown = kept;
    return dropped;
  }

  filter(matches) {
    this.shown = this.rows.filter(matches);
    if (this.drawn) {
      this.box.replaceChildren(...this.shown.map(this.draw));
    } else {
      this.reserve(this.shown.length * ROW_HEIGHT);
    }
  }

  fill() {
    if (!this.drawn) {
      this.drawn = true;
      this.box.style.height = '';
      this.box.append(...this.shown.map(this.draw));
    }
  }

  /** @param {number} height as drawn */
  empty(height) {
    if (this.drawn) {
      this.drawn = false;
      this.reserve(height);
      this.box.replaceChildren();
    }
  }

  reserve(height) {
    this.box.style.height = `${height}px`;
  }
}
