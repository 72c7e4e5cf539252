/** The dialog in which the user chooses which matches stand out. They are kept in this browser. */
import {COLOURS, parseRules} from './alerts.js';
import {closable} from './dialogs.js';
import {byId, el} from './dom.js';
import {allowNotifications} from './hits.js';

const STORE = 'luna.alerts';

/**
 * @param {(rules: import('./alerts.js').Rule[]) => void} changed is called with the stored rules too
 * @param {() => void} allowSound
 */
export function alertsDialog(changed, allowSound) {
  const dialog = byId('alerts');
  const list = byId('alert-rules');
  let rules = parseRules(read());

  function keep() {
    try {
      localStorage.setItem(STORE, JSON.stringify(rules));
    } catch {
      // The rules are then lost with the page.
    }
    byId('alerts-open').textContent = rules.length > 0 ? `Alerts (${rules.length})` : 'Alerts…';
    changed(rules);
  }

  function draw() {
    list.replaceChildren(...rules.map(line));
    byId('alerts-none').hidden = rules.length > 0;
  }

  function line(rule, i) {
    const set = (key, value) => {
      rule[key] = value;
      keep();
    };
    const box = (key, text, before = async () => true) => {
      const input = el('input', {
        type: 'checkbox',
        checked: rule[key],
        'data-test': `alert-${key}`,
        change: async event => {
          const wanted = event.target.checked;
          event.target.checked = wanted && await before();
          byId('alerts-fault').textContent =
            wanted && !event.target.checked ? 'This browser does not allow notifications of this page.' : '';
          set(key, event.target.checked);
        },
      });
      return el('label', {}, input, ` ${text}`);
    };
    return el('li', {class: `rule ${rule.colour}`},
      el('label.wide', {}, 'Label', el('input.text', {
        type: 'text', value: rule.label, placeholder: 'every label', maxlength: 64, list: 'alert-labels', 'data-test': 'alert-label',
        change: event => set('label', event.target.value.trim()),
      })),
      el('label', {}, 'From', el('input.number', {
        type: 'number', min: 0, max: 1, step: 0.01, value: rule.atLeast, 'data-test': 'alert-from',
        change: event => set('atLeast', Math.max(0, Math.min(1, Number(event.target.value) || 0))),
      })),
      el('label', {}, 'Colour', el('select.text', {
        'data-test': 'alert-colour',
        change: event => {
          set('colour', event.target.value);
          draw();
        },
      }, ...COLOURS.map(name => el('option', {value: name, selected: name === rule.colour}, name)))),
      box('pin', 'Keep on top'),
      box('sound', 'Sound', async () => {
        allowSound();
        return true;
      }),
      box('notify', 'Notification', allowNotifications),
      el('button.small', {
        type: 'button',
        'aria-label': `Remove the alert for ${rule.label || 'every label'}`,
        click: () => {
          rules = rules.filter((_, at) => at !== i);
          draw();
          keep();
          byId('alerts-add').focus();
        },
      }, 'Remove'));
  }

  closable(dialog);
  byId('alerts-open').addEventListener('click', () => {
    draw();
    dialog.showModal();
  });
  byId('alerts-add').addEventListener('click', () => {
    rules.push({label: '', atLeast: 0.9, colour: COLOURS[rules.length % COLOURS.length], pin: true, sound: false, notify: false});
    draw();
    keep();
    list.lastElementChild.querySelector('input').focus();
  });
  keep();

  return {
    /** Suggests labels that were seen. */
    suggest(labels) {
      byId('alert-labels').replaceChildren(...[...labels].sort().map(value => el('option', {value})));
    },
  };
}

function read() {
  try {
    return localStorage.getItem(STORE);
  } catch {
    return null;
  }
}
