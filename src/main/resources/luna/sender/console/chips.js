/** The control of a list of texts: a removable chip for each text, and a field to add one. */
import {el} from './dom.js';

/**
 * @param {import('./contract.js').Control} control
 * @param {() => void} changed
 * @param {(param: string) => string[]} seen returns the values of the events that are shown
 */
export function chips(control, changed, seen) {
  /** @type {string[]} */
  let values = [];
  const inputId = `filter-${control.id}`;
  const hintId = `${inputId}-hint`;
  const suggestions = el('datalist', {id: `${inputId}-seen`});
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
    list: suggestions.id,
    input: () => say(''),
    focus: () => suggestions.replaceChildren(...seen(control.id).map(value => el('option', {value}))),
    paste: event => paste(event),
    change: () => add(),
  });

  function say(text, fault = true) {
    hint.textContent = text;
    hint.className = fault ? 'fault' : 'hint';
  }

  /** Adds each of several values, which are separated by commas or lines as in a URL or a table. */
  function paste(event) {
    const parts = event.clipboardData.getData('text').split(/[,\n]/).map(part => part.trim()).filter(Boolean);
    if (parts.length < 2 || input.value !== '') {
      return;
    }
    event.preventDefault();
    const invalid = parts.filter(part => !isValid(part));
    const fresh = [...new Set(parts)].filter(part => isValid(part) && !values.includes(part));
    if (fresh.length > 0) {
      values = [...values, ...fresh];
      draw();
      changed();
    }
    input.value = invalid.join(', ');
    if (invalid.length > 0) {
      say(`Added ${fresh.length} values; ${invalid.length} are invalid. Example: ${control.example}`);
    } else {
      say(`Added ${fresh.length} values, split at the commas. To add a value that has a comma, type it.`, false);
    }
  }

  function isValid(value) {
    return !control.pattern || new RegExp(control.pattern).test(value);
  }

  function add() {
    const value = input.value.trim();
    if (value === '') {
      return;
    }
    if (!isValid(value)) {
      say(`Invalid format. Example: ${control.example}`);
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
    el('div.chipbox', {}, list, input, suggestions),
    hint);
  return {
    node,
    read: () => new Map([[control.params[0], values]]),
    write: filter => {
      values = [...(filter.get(control.params[0]) ?? [])];
      input.value = '';
      say('');
      draw();
    },
  };
}
