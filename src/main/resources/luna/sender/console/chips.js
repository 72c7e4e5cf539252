/** The control of a list of texts: a removable chip for each text, and a field to add one. */
import {el} from './dom.js';

/**
 * @param {import('./contract.js').Control} control
 * @param {() => void} changed
 */
export function chips(control, changed) {
  /** @type {string[]} */
  let values = [];
  const inputId = `filter-${control.id}`;
  const hintId = `${inputId}-hint`;
  const list = el('ul.chips', {'aria-label': `${control.label}: chosen`});
  const hint = el('p.fault', {id: hintId, 'aria-live': 'polite'});
  const input = el('input.text', {
    id: inputId,
    type: 'text',
    maxlength: control.maxLength,
    autocomplete: 'off',
    autocapitalize: 'off',
    spellcheck: 'false',
    placeholder: control.example,
    'aria-describedby': hintId,
    'data-test': `input-${control.id}`,
    keydown: event => {
      if (event.key === 'Enter') {
        event.preventDefault();
        add();
      } else if (event.key === 'Backspace' && input.value === '' && values.length > 0) {
        remove(values.length - 1);
      }
    },
    input: () => (hint.textContent = ''),
    change: () => add(),
  });

  function add() {
    const value = input.value.trim();
    if (value === '') {
      return;
    }
    if (control.pattern && !new RegExp(control.pattern).test(value)) {
      hint.textContent = `Invalid format. Example: ${control.example}`;
      return;
    }
    input.value = '';
    if (!values.includes(value)) {
      values = [...values, value];
      draw();
      changed();
    }
  }

  function remove(i) {
    values = values.filter((_, at) => at !== i);
    draw();
    changed();
    input.focus();
  }

  function draw() {
    list.replaceChildren(
      ...values.map((value, i) =>
        el('li.chip', {},
          el('span.value', {}, value),
          el('button.x', {type: 'button', 'aria-label': `Remove ${value}`, click: () => remove(i)}, '×'))));
    list.hidden = values.length === 0;
  }

  draw();
  const node = el('div.field', {},
    el('label', {for: inputId, title: control.help}, control.label),
    el('div.chipbox', {}, list, input),
    hint);
  return {
    node,
    read: () => new Map([[control.params[0], values]]),
    write: filter => {
      values = [...(filter.get(control.params[0]) ?? [])];
      input.value = '';
      hint.textContent = '';
      draw();
    },
  };
}
