/** Makes hits stand out: above the list, by a sound, and on the desktop. */
import {byId, el} from './dom.js';
import {clock} from './event.js';

/** How many hits stay above the list. */
const PINNED = 5;

/** The minimum interval between two sounds or notifications of a rule, in milliseconds. */
const INTERVAL = 1500;

export class Hits {
  /**
   * @param {(row: import('./card.js').Row) => void} open
   * @param {(text: string) => void} announce for screen readers
   */
  constructor(open, announce) {
    this.open = open;
    this.announce = announce;
    this.box = byId('hits');
    this.list = byId('hit-list');
    /** When each rule made its last sound or notification. @type {WeakMap<import('./alerts.js').Rule, number>} */
    this.last = new WeakMap();
    /** @type {AudioContext|null} */
    this.audio = null;
    byId('hits-clear').addEventListener('click', () => this.clear());
  }

  /**
   * @param {import('./card.js').Row} row an event that fulfils its rule
   * @param {boolean} fresh whether the user could not know it yet: only such an event sounds
   */
  add(row, fresh) {
    const rule = /** @type {import('./alerts.js').Rule} */ (row.alert);
    if (rule.pin) {
      this.pin(row);
    }
    const now = performance.now();
    if (!fresh || now - (this.last.get(rule) ?? -Infinity) < INTERVAL) {
      return;
    }
    this.last.set(rule, now);
    if (rule.pin) {
      this.announce(`${title(row)}, ${row.summary?.source?.value ?? 'no source'}`);
    }
    if (rule.sound) {
      this.beep();
    }
    if (rule.notify) {
      notify(title(row), row.summary?.source?.value ?? '');
    }
  }

  pin(row) {
    this.list.prepend(el('li', {class: `hit ${row.alert.colour}`, 'data-test': 'hit'},
      el('button.small', {type: 'button', click: () => this.open(row)},
        el('strong', {}, title(row)),
        el('span', {}, row.summary.source?.value ?? ''),
        el('time', {datetime: row.summary.time}, clock(row.summary.time)))));
    while (this.list.children.length > PINNED) {
      this.list.lastElementChild.remove();
    }
    this.box.hidden = false;
  }

  clear() {
    this.list.replaceChildren();
    this.box.hidden = true;
  }

  /** Lets the page make sounds; browsers allow it after a click only. */
  allowSound() {
    this.audio ??= new AudioContext();
    this.audio.resume();
  }

  beep() {
    if (!mayPlay()) {
      return;
    }
    try {
      this.sound();
    } catch {
      // A browser without sound.
    }
  }

  sound() {
    this.allowSound();
    const audio = /** @type {AudioContext} */ (this.audio);
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    tone.frequency.value = 880;
    volume.gain.setValueAtTime(0.2, audio.currentTime);
    volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.35);
    tone.connect(volume).connect(audio.destination);
    tone.start();
    tone.stop(audio.currentTime + 0.35);
    document.body.dataset.beeps = String(Number(document.body.dataset.beeps ?? 0) + 1);
  }
}

/** Returns whether the browser lets the page play sounds: not before the user has used it. */
export function mayPlay() {
  return navigator.userActivation?.hasBeenActive ?? true;
}

function title({summary}) {
  return `${summary.match.label || 'no label'} ${summary.match.similarity.toFixed(2)}`;
}

function notify(text, body) {
  if (typeof Notification !== 'undefined' && Notification.permission === 'granted') {
    try {
      new Notification(text, {body, tag: text});
    } catch {
      // Browsers of phones have notifications for installed pages only.
    }
  }
}

/** Asks the user for notifications. Returns whether they are allowed. */
export async function allowNotifications() {
  return typeof Notification !== 'undefined' && await Notification.requestPermission() === 'granted';
}
