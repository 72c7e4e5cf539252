/** Shows the state of the connection in the bar, and a notice below it if the user should act. */
import {byId} from './dom.js';

const NAMES = {
  idle: 'Not connected',
  connecting: 'Connecting…',
  live: 'Live',
  waiting: 'Reconnecting',
  stopped: 'Stopped',
  token: 'Token required',
};

/**
 * @param {() => void} retry
 * @param {(text: string) => void} announce
 */
export function status(retry, announce) {
  const pill = byId('state');
  const notice = byId('notice');
  /** @type {import('./connection.js').State} */
  let state = {name: 'idle'};
  /** Why events may be missing on a live connection, or empty. */
  let interruption = '';
  const title = document.title;
  byId('retry').addEventListener('click', retry);

  function text() {
    if (state.name === 'live' && interruption !== '') {
      return interruption;
    }
    if (state.name !== 'waiting') {
      return NAMES[state.name];
    }
    const seconds = Math.max(0, Math.ceil(((state.until ?? 0) - Date.now()) / 1000));
    return `Reconnecting in ${seconds} s`;
  }

  return {
    /** @param {import('./connection.js').State} next */
    show(next) {
      // The notice about the last failure stays visible during the next attempt.
      const trying = next.name === 'connecting' && state.title !== undefined;
      const before = state;
      state = trying ? {...next, title: state.title, hint: state.hint} : next;
      document.body.dataset.state = state.name;
      pill.textContent = text();
      notice.hidden = state.title === undefined;
      byId('notice-title').textContent = state.title ?? '';
      byId('notice-hint').textContent = state.hint ?? '';
      byId('retry').hidden = state.name === 'token';
      if (before.name !== state.name || before.title !== state.title) {
        announce([NAMES[state.name], trying ? '' : state.title, trying ? '' : state.hint].filter(Boolean).join('. '));
      }
    },
    /** @param {string} next why events may be missing now, or empty */
    interrupt(next) {
      if (next === interruption) {
        return;
      }
      interruption = next;
      document.body.toggleAttribute('data-interrupted', next !== '');
      document.title = next === '' ? title : `${next} – ${title}`;
      pill.textContent = text();
      if (state.name === 'live') {
        announce(next === '' ? 'Live again' : next);
      }
    },
    tick() {
      pill.textContent = text();
    },
  };
}
