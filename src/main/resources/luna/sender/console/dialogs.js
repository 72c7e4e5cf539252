/** The dialogs: programs that open the same stream, and the explanation of a pasted event. */
import {byId, copy, el} from './dom.js';
import {pasted} from './json.js';
import {FORMS} from './snippets.js';
import {tabs} from './tabs.js';

/** Closes a dialog by its button, and by a click outside of it. */
export function closable(dialog) {
  dialog.querySelector('[data-close]').addEventListener('click', () => dialog.close());
  // The content is in a box of its own, so a click on the dialog itself is outside of the content.
  dialog.addEventListener('click', event => event.target === dialog && dialog.close());
}

/** @param {() => import('./snippets.js').Stream} stream */
export function snippetsDialog(stream) {
  const dialog = byId('snippets');
  const code = byId('snippet');
  const list = byId('snippet-tabs');
  closable(dialog);
  for (const {id, name} of FORMS) {
    list.append(el('button', {type: 'button', role: 'tab', id: `tab-${id}`, 'data-tab': id, 'aria-controls': 'snippet', 'data-test': `snippet-${id}`}, name));
  }
  const chooser = tabs(list, id => (code.textContent = FORMS.find(form => form.id === id)?.make(stream()) ?? ''));
  byId('snippet-copy').addEventListener('click', event => copy(event.currentTarget, code.textContent));
  byId('copy-as').addEventListener('click', () => {
    chooser.select(list.querySelector('[aria-selected=true]')?.dataset.tab ?? FORMS[0].id);
    dialog.showModal();
  });
}

/**
 * @param {() => string} filter
 * @param {(title: string, body: () => string, text: string) => void} show
 */
export function pasteDialog(filter, show) {
  const dialog = byId('paste');
  const area = byId('paste-text');
  const fault = byId('paste-fault');
  closable(dialog);
  byId('paste-open').addEventListener('click', () => {
    fault.textContent = '';
    dialog.showModal();
    area.select();
  });
  area.addEventListener('input', () => (fault.textContent = ''));
  byId('paste-form').addEventListener('submit', event => {
    event.preventDefault();
    const text = area.value;
    const read = pasted(text, filter());
    if ('fault' in read) {
      fault.textContent = read.fault;
      area.focus();
      return;
    }
    dialog.close();
    show(read.title, () => pasted(text, filter()).body, text.trim().startsWith('{') ? text : '');
  });
}
