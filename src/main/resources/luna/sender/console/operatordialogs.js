/** The dialogs of the operators' page: the details of a client, and the confirmation of closing. */
import {closable} from './dialogs.js';
import {copy, el, number} from './dom.js';
import {bytes, seconds} from './operatordata.js';

/** The fields of a client in the order of the dialog. */
const FIELDS = [
  ['Id', client => client.id],
  ['Account', client => client.account_id],
  ['Address', client => client.address || 'unknown'],
  ['Connected since', client => client.since],
  ['Transport', client => client.transport],
  ['Filter', client => client.filter || 'none'],
  ['Policy when slow', client => client.slow],
  ['Receives history', client => (client.replays ? 'yes' : 'no')],
  ['Queued', client => `${bytes(client.queued_bytes)}, ${number(client.queued_events)} events`],
  ['Lag', client => seconds(client.lag)],
  ['Delivered', client => number(client.delivered)],
  ['Dropped', client => number(client.dropped)],
  ['User agent', client => client.user_agent || 'unknown'],
  ['Request id', client => client.request_id],
];

function dialog(id, title, ...content) {
  const heading = el('h2', {id: `${id}-title`, tabindex: '-1'}, title);
  const node = /** @type {HTMLDialogElement} */ (el('dialog', {id, 'aria-labelledby': `${id}-title`, 'data-test': id},
    el('div.box', {},
      el('header', {}, heading, el('button.quiet', {type: 'button', 'data-close': true, 'aria-label': 'Close this dialog'}, '×')),
      ...content)));
  closable(node);
  return {node, heading};
}

/**
 * @param {(client: any) => void} onClose
 * @param {() => string} time of the answer that is shown
 */
export function detailsDialog(onClose, time) {
  const list = el('dl.details');
  const when = el('p.hint');
  const copyId = el('button', {type: 'button', click: () => copy(copyId, client.request_id)}, 'Copy request id');
  const close = el('button.danger', {type: 'button', 'data-test': 'details-disconnect'}, 'Close its connection…');
  const {node, heading} = dialog('operator-details', 'Client', list, when, el('div.row', {}, copyId, close));
  let client = null;
  close.addEventListener('click', () => {
    node.close();
    onClose(client);
  });
  return {
    node,
    /** @param {boolean} mayClose */
    open(next, mayClose) {
      client = next;
      close.hidden = !mayClose;
      when.textContent = `As of ${time()}.`;
      list.replaceChildren(...FIELDS.flatMap(([name, text]) => [el('dt', {}, name), el('dd', {}, text(next))]));
      node.showModal();
      heading.focus();
    },
  };
}

/** Asks before connections are closed. */
export function confirmDialog() {
  const words = el('div.words', {id: 'operator-confirm-words'});
  const fault = el('p.fault', {role: 'alert', 'data-test': 'confirm-fault'});
  const yes = el('button.danger', {type: 'submit', 'data-test': 'confirm'}, 'Close');
  const no = el('button', {type: 'button', 'data-test': 'cancel', click: () => node.close()}, 'Cancel');
  const form = el('form', {}, words, fault, el('div.row', {}, yes, no));
  const {node, heading} = dialog('operator-confirm', 'Close?', form);
  node.setAttribute('aria-describedby', 'operator-confirm-words');
  /** @type {() => Promise<string>} */
  let action = async () => '';
  let done = () => {};
  let asked = 0;
  form.addEventListener('submit', async event => {
    event.preventDefault();
    yes.disabled = true;
    no.disabled = true;
    const mine = asked;
    const failure = await action();
    if (mine === asked) {
      yes.disabled = false;
      no.disabled = false;
      fault.textContent = failure;
      if (failure === '') {
        node.close();
        done();
      }
    }
  });
  return {
    node,
    /**
     * @param {string} title
     * @param {string} button
     * @param {string[]} lines what happens
     * @param {() => Promise<string>} next returns why it has failed, or an empty text
     * @param {() => void} then called after it
     */
    open(title, button, lines, next, then) {
      asked++;
      action = next;
      done = then;
      heading.textContent = title;
      yes.textContent = button;
      yes.disabled = false;
      no.disabled = false;
      fault.textContent = '';
      words.replaceChildren(...lines.map(line => el('p', {}, line)));
      node.showModal();
      no.focus();
    },
  };
}
