/**
 * The list of events: newest first, bounded, and drawn in batches. Drawing takes at most a few
 * milliseconds of each animation frame; events for which there is no time are only counted.
 *
 * The list stands still while someone uses it: with the pointer, with the keyboard, or scrolled down.
 * Newer events wait, so that nothing moves away from under the pointer.
 */
import {card, cutCard, gapCard} from './card.js';
import {number, plural} from './dom.js';
import {shownTraits, summary, words} from './event.js';
import {LongList} from './longlist.js';
import {Tape} from './tape.js';

/** The maximum number of rows that are kept, and of rows that wait. */
const LIMIT = 5000;

/** The time limit of one drawing, and the minimum interval between two, in milliseconds. */
const BUDGET = 6;
const INTERVAL = 80;

/**
 * The maximum number of events in one drawing: nobody can read more than a hundred per second. The time
 * limit applies only if more events than this wait.
 */
const MOST = 8;

export class Feed {
  /**
   * @param {HTMLElement} list
   * @param {HTMLElement} sentinel not visible when the user has scrolled down
   * @param {import('./contract.js').Control[]} controls
   * @param {{trait: (button: HTMLElement, trait: import('./event.js').Trait) => void,
   *     open: (row: import('./card.js').Row, tab: string) => void,
   *     held: (waiting: number, kept: number) => void,
   *     skipped: (events: number) => void}} callbacks
   */
  constructor(list, sentinel, controls, callbacks) {
    this.element = list;
    this.controls = controls;
    this.callbacks = callbacks;
    /** @type {Tape<import('./card.js').Row>} */
    this.tape = new Tape(LIMIT);
    /** @type {WeakMap<Element, import('./card.js').Row>} */
    this.rows = new WeakMap();
    /** @type {LongList<import('./card.js').Row>} */
    this.list = new LongList(list, LIMIT, row => this.node(row), () => this.ensureStop());
    this.paused = false;
    this.reading = false;
    this.pointed = false;
    this.needle = '';
    /** @type {import('./event.js').Trait[]} the values whose events are hidden */
    this.excluded = [];
    this.drawing = 0;
    this.drawAll = false;
    this.last = 0;
    new IntersectionObserver(([entry]) => {
      this.reading = !entry.isIntersecting && entry.boundingClientRect.top < (entry.rootBounds?.top ?? 0) + 60;
      this.wake();
    }).observe(sentinel);
    // With the button that shows what waits, which appears under the pointer.
    const around = /** @type {HTMLElement} */ (list.parentElement);
    around.addEventListener('pointerenter', event => this.point(event.pointerType === 'mouse'));
    around.addEventListener('pointerleave', () => this.point(false));
    list.addEventListener('click', event => this.clicked(event));
    list.addEventListener('keydown', event => this.key(event));
    list.addEventListener('focusin', event => this.activate(/** @type {Element} */ (event.target).closest('.card')));
    list.addEventListener('focusout', () => this.wake());
  }

  /** @param {import('./card.js').Row} row */
  push(row) {
    this.tape.push(row);
    this.wake();
  }

  pause(paused) {
    this.paused = paused;
    this.wake();
  }

  point(pointed) {
    this.pointed = pointed;
    this.wake();
  }

  /** Shows what is waiting now, also if someone uses the list. */
  show() {
    if (this.element.contains(document.activeElement)) {
      /** @type {HTMLElement} */ (document.activeElement).blur();
    }
    this.drawAll = true;
    this.add();
    this.wake();
  }

  clear() {
    this.tape.clear();
    this.list.clear();
    this.wake();
  }

  get isEmpty() {
    return this.list.size === 0;
  }

  /** @param {string} text only events whose card contains it are shown */
  search(text) {
    this.needle = text.trim().toLowerCase();
    this.sift();
  }

  /** @param {import('./event.js').Trait[]} excluded the values whose events are not shown */
  exclude(excluded) {
    this.excluded = excluded;
    this.sift();
  }

  sift() {
    this.list.filter(row => this.matches(row));
  }

  /** Returns whether nothing is shown because of the search or the hidden values. */
  get hidesAll() {
    return this.list.size > 0 && this.list.isSearched && this.list.shown === 0;
  }

  /** @param {import('./card.js').Row} row */
  matches(row) {
    if (row.gap || row.cut !== undefined) {
      return this.needle === '';
    }
    if (this.needle === '' && this.excluded.length === 0) {
      return true;
    }
    const read = this.read(row);
    const values = shownTraits(read);
    const excluded = this.excluded.some(({param, code}) =>
      values.some(value => value.param === param && value.code === code));
    return !excluded && (this.needle === '' || (row.text ??= words(row.parsed, read)).includes(this.needle));
  }

  /** Returns the rows that are shown, newest first. */
  shown() {
    return this.list.rows();
  }

  wake() {
    this.drawing ||= requestAnimationFrame(now => {
      this.drawing = 0;
      this.draw(now);
    });
  }

  /** Returns whether newer events wait. */
  get holds() {
    return this.paused || this.reading || this.pointed || this.element.querySelector(':focus-visible') !== null;
  }

  draw(now) {
    const held = this.holds;
    this.callbacks.held(held ? this.tape.count : 0, Math.min(this.tape.count, this.tape.kept));
    // Afterwards, all waiting events are added, without the time limit.
    this.drawAll ||= held;
    if (held || this.tape.rows.length === 0) {
      return;
    }
    if (now - this.last < INTERVAL) {
      this.wake();
      return;
    }
    this.last = now;
    this.add();
  }

  add() {
    const start = performance.now();
    /** @type {import('./card.js').Row[]} */
    const fresh = [];
    const all = this.drawAll || this.tape.count <= MOST;
    const skipped = this.tape.take(
      taken => all || taken === 0 || (taken < MOST && performance.now() - start < BUDGET),
      row => fresh.push(row));
    this.drawAll = false;
    this.list.prepend(fresh);
    this.callbacks.skipped(skipped);
  }

  /** Lets the Tab key stop at a card: the one before may have scrolled away, or not match the search. */
  ensureStop() {
    if (this.element.querySelector('.card[tabindex="0"]') === null) {
      this.element.querySelector('.card')?.setAttribute('tabindex', '0');
    }
  }

  /** @param {import('./card.js').Row} row */
  node(row) {
    const node = row.cut !== undefined ? cutCard(row) : row.gap ? gapCard(row) : card(row, this.read(row), this.callbacks.trait);
    this.rows.set(node, row);
    return node;
  }

  /** Reads an event when it is needed first. @param {import('./card.js').Row} row */
  read(row) {
    if (row.summary === undefined) {
      try {
        row.parsed = JSON.parse(row.frame);
      } catch {
        row.parsed = {};
      }
      row.summary = summary(row.parsed, this.controls);
    }
    return row.summary;
  }

  clicked(event) {
    const button = event.target.closest('[data-action]');
    const row = this.rows.get(event.target.closest('.card'));
    if (button && row) {
      this.callbacks.open(row, button.dataset.action);
    }
  }

  /** Moves the focus between cards by keys, as in any ARIA feed; the Tab key stops at one card only. */
  key(event) {
    const at = /** @type {HTMLElement|null} */ (event.target.closest('.card'));
    if (at === null || event.altKey || event.ctrlKey || event.metaKey) {
      return;
    }
    const actions = {
      ArrowDown: () => this.move(at, 1),
      ArrowUp: () => this.move(at, -1),
      PageDown: () => this.move(at, 1),
      PageUp: () => this.move(at, -1),
      Home: () => this.focus(this.list.end(true), 1),
      End: () => this.focus(this.list.end(false), -1),
      Enter: () => event.target === at && this.callbacks.open(/** @type {any} */ (this.rows.get(at)), 'why'),
    };
    const action = actions[event.key];
    if (action && (event.key !== 'Enter' || event.target === at)) {
      event.preventDefault();
      action();
    }
  }

  /** Moves the focus to the next or the previous card. */
  move(from, step) {
    this.focus(this.list.neighbour(from, step), step);
  }

  /** Focuses a card, or the next one if the node is none. */
  focus(node, step) {
    let next = node;
    while (next !== null && !next.classList.contains('card')) {
      next = this.list.neighbour(next, step);
    }
    next?.focus();
  }

  /** Makes the buttons of this card reachable by the Tab key, and those of the other cards not. */
  activate(node) {
    if (node === null || node.classList.contains('active')) {
      return;
    }
    for (const other of this.element.querySelectorAll('.card[tabindex="0"], .card.active')) {
      other.classList.remove('active');
      other.setAttribute('tabindex', '-1');
      other.querySelectorAll('button').forEach(button => button.setAttribute('tabindex', '-1'));
    }
    node.classList.add('active');
    node.setAttribute('tabindex', '0');
    node.querySelectorAll('button').forEach(button => button.setAttribute('tabindex', '0'));
  }
}

/** Returns the text for events that wait because the list stands still. */
export function heldText(waiting, kept) {
  if (waiting === 0) {
    return '';
  }
  return waiting > kept ? `${plural(waiting, 'new event')}, the last ${number(kept)} are kept` : `${number(waiting)} new`;
}
