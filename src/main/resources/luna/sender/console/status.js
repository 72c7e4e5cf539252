/** What the connection does, in the bar and, where somebody has to know or to act, below it. */
import {byId} from './dom.js';

const NAMES = {
  idle: 'Not connected',
  connecting: 'Connecting…',
  live: 'Live',
  waiting: 'Reconnecting',
  stopped: 'Stopped',
  token: 'Token needed',
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
  byId('retry').addEventListener('click', retry);

  function text() {
    if (state.name !== 'waiting') {
      return NAMES[state.name];
    }
    const seconds = Math.max(0, Math.ceil(((state.until ?? 0) - Date.now()) / 1000));
    return `Reconnecting in ${seconds} s`;
  }

  return {
    /** @param {import('./connection.js').State} next */
    show(next) {
      // While it tries again, what went wrong stays where it can be read.
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
    tick() {
      pill.textContent = text();
    },
  };
}
