/** The control of an enumeration: toggle buttons, of which one or several can be pressed. */
import {el} from './dom.js';

/**
 * @param {import('./contract.js').Control} control
 * @param {() => void} changed
 */
export function toggles(control, changed) {
  /** @type {Set<string>} */
  let pressed = new Set();
  const nameId = `filter-${control.id}`;
  const buttons = control.options.map(({code, name}) =>
    el('button.toggle', {
      type: 'button',
      'aria-pressed': 'false',
      title: `${control.params[0]}=${code}`,
      'data-code': code,
      click: () => {
        const on = pressed.has(code);
        if (control.kind === 'one') {
          pressed.clear();
        }
        if (on) {
          pressed.delete(code);
        } else {
          pressed.add(code);
        }
        draw();
        changed();
      },
    }, name));

  function draw() {
    for (const button of buttons) {
      button.setAttribute('aria-pressed', String(pressed.has(String(button.dataset.code))));
    }
  }

  return {
    node: el('div.field', {role: 'group', 'aria-labelledby': nameId},
      el('span.label', {id: nameId, title: control.help}, control.label),
      el('div.toggles', {}, ...buttons)),
    // In the order of the contract, so equal filters have equal URLs.
    read: () => new Map([[control.params[0], control.options.map(({code}) => code).filter(code => pressed.has(code))]]),
    write: filter => {
      pressed = new Set(filter.get(control.params[0]) ?? []);
      draw();
    },
  };
}
