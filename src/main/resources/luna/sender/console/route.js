/** Shows the operators' page at `#operator`, which is loaded when it is first opened, and otherwise the events. */
import {byId, el} from './dom.js';

const OPERATOR = '#operator';

/** @param {() => void} showEvents called once, when the events are shown for the first time */
export function route(showEvents) {
  const main = /** @type {HTMLElement} */ (document.querySelector('main'));
  const parts = [main, byId('state'), byId('announcer'), document.querySelector('.skip')];
  const title = document.title;
  let connected = false;
  /** @type {Promise<{show: () => void, hide: () => void}>|null} */
  let loading = null;

  const isOperator = () => location.hash === OPERATOR;

  async function follow() {
    const operator = isOperator();
    parts.forEach(part => (part.hidden = operator));
    document.title = operator ? `Operators – ${title}` : title;
    if (!operator && !connected) {
      connected = true;
      showEvents();
    }
    if (!operator && loading === null) {
      return;
    }
    loading ??= import('./operator.js').then(({operatorPage}) => operatorPage(main), missing);
    const page = await loading;
    // The hash may have changed while the page was loading.
    isOperator() ? page.show() : page.hide();
  }

  /** Stands in for the page if it cannot be loaded, for example because the node has stopped. */
  function missing() {
    const text = el('main', {}, el('p.notice', {role: 'alert'}, 'The operators’ page cannot be loaded. Reload this page to try again.'));
    main.after(text);
    return {show: () => (text.hidden = false), hide: () => (text.hidden = true)};
  }

  addEventListener('hashchange', follow);
  follow();
}
