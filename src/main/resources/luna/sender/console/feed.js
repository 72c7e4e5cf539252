/**
 * The list of events: newest first, bounded, and drawn in batches. Drawing takes at most a few
 * milliseconds of each animation frame; events for which there is no time are only counted.
 */
import {card, gapCard} from './card.js';
import {plural} from './dom.js';
import {summary, words} from './event.js';
import {Tape} from './tape.js';

const LIMIT = 200;

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
   * @param {{trait: (param: string, code: string) => void,
   *     open: (row: import('./card.js').Row, tab: string) => void,
   *     held: (waiting: number, paused: boolean, reading: boolean) => void,
   *     skipped: (events: number) => void}} callbacks
   */
  constructor(list, sentinel, controls, callbacks) {
    this.list = list;
    this.controls = controls;
    this.callbacks = callbacks;
    /** @type {Tape<import('./card.js').Row>} */
    this.tape = new Tape(LIMIT);
    /** @type {WeakMap<Element, import('./card.js').Row>} */
    this.rows = new WeakMap();
    this.paused = false;
    this.reading = false;
    this.needle = '';
    this.drawing = 0;
    this.drawAll = false;
    this.last = 0;
    new IntersectionObserver(([entry]) => {
      this.reading = !entry.isIntersecting && entry.boundingClientRect.top < (entry.rootBounds?.top ?? 0) + 60;
      this.wake();
    }).observe(sentinel);
    list.addEventListener('click', event => this.clicked(event));
    list.addEventListener('keydown', event => this.key(event));
    list.addEventListener('focusin', event => this.activate(/** @type {Element} */ (event.target).closest('.card')));
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

  clear() {
    this.tape.clear();
    this.list.replaceChildren();
    this.wake();
  }

  /** @param {string} text only cards that contain it are shown */
  search(text) {
    this.needle = text.trim().toLowerCase();
    for (const node of this.list.children) {
      this.sift(node);
    }
  }

  wake() {
    this.drawing ||= requestAnimationFrame(now => {
      this.drawing = 0;
      this.draw(now);
    });
  }

  draw(now) {
    const held = this.paused || this.reading;
    this.callbacks.held(held ? this.tape.count : 0, this.paused, this.reading);
    // After a pause, all waiting events are drawn, without the time limit.
    this.drawAll ||= held;
    if (held || this.tape.rows.length === 0) {
      return;
    }
    if (now - this.last < INTERVAL) {
      this.wake();
      return;
    }
    this.last = now;
    const start = performance.now();
    const fresh = document.createDocumentFragment();
    const all = this.drawAll || this.tape.count <= MOST;
    const skipped = this.tape.take(
      taken => all || taken === 0 || (taken < MOST && performance.now() - start < BUDGET),
      row => fresh.append(this.node(row)));
    this.drawAll = false;
    this.list.prepend(fresh);
    this.callbacks.skipped(skipped);
    while (this.list.children.length > LIMIT) {
      this.evict();
    }
    if (this.list.querySelector('.card[tabindex="0"]') === null) {
      this.list.querySelector('.card')?.setAttribute('tabindex', '0');
    }
  }

  /** Removes the oldest card, or the one before it if the oldest has the focus. */
  evict() {
    const last = this.list.lastElementChild;
    const kept = last?.contains(document.activeElement) ? last.previousElementSibling : last;
    kept?.remove();
  }

  node(row) {
    const node = row.gap ? gapCard(row) : this.card(row);
    this.rows.set(node, row);
    this.sift(node);
    return node;
  }

  card(row) {
    try {
      row.parsed = JSON.parse(row.frame);
    } catch {
      row.parsed = {};
    }
    row.summary = summary(row.parsed, this.controls);
    return card(row, this.callbacks.trait);
  }

  sift(node) {
    const row = this.rows.get(node);
    node.hidden = this.needle !== '' && row !== undefined && !row.gap && !(row.text ??= words(row.parsed)).includes(this.needle);
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
    const cards = () => [.../** @type {NodeListOf<HTMLElement>} */ (this.list.querySelectorAll('.card:not([hidden])'))];
    const by = step => {
      const all = cards();
      all[Math.max(0, Math.min(all.length - 1, all.indexOf(at) + step))]?.focus();
    };
    const actions = {
      ArrowDown: () => by(1),
      ArrowUp: () => by(-1),
      PageDown: () => by(1),
      PageUp: () => by(-1),
      Home: () => cards()[0]?.focus(),
      End: () => cards().at(-1)?.focus(),
      Enter: () => event.target === at && this.callbacks.open(/** @type {any} */ (this.rows.get(at)), 'why'),
    };
    const action = actions[event.key];
    if (action && (event.key !== 'Enter' || event.target === at)) {
      event.preventDefault();
      action();
    }
  }

  /** Makes the buttons of this card reachable by the Tab key, and those of the other cards not. */
  activate(node) {
    if (node === null || node.classList.contains('active')) {
      return;
    }
    for (const other of this.list.querySelectorAll('.card[tabindex="0"], .card.active')) {
      other.classList.remove('active');
      other.setAttribute('tabindex', '-1');
      other.querySelectorAll('button').forEach(button => button.setAttribute('tabindex', '-1'));
    }
    node.classList.add('active');
    node.setAttribute('tabindex', '0');
    node.querySelectorAll('button').forEach(button => button.setAttribute('tabindex', '0'));
  }
}

/** Returns the text for events that wait because of a pause. */
export function heldText(waiting, paused, reading) {
  return (paused || reading) && waiting > 0 ? `${plural(waiting, 'event')} waiting` : '';
}
