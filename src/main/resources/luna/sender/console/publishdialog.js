/** The dialog that publishes a test event and follows it: published, arrived, and why it passes or not. */
import {closable} from './dialogs.js';
import {byId, el, number, plural} from './dom.js';
import {verdict} from './inspector.js';
import {pasted} from './json.js';
import {payloadOf, testMessage} from './testevent.js';

/** How long an event may take from its PUBLISH to this page, in milliseconds. */
const PATIENCE = 5000;

/**
 * @param {import('./contract.js').Control[]} controls
 * @param {{publish: (payload: string) => Promise<{answer?: any, fault?: string}>,
 *     explain: (body: string) => Promise<{answer?: any, fault?: string}>,
 *     filter: () => string,
 *     live: () => boolean}} page
 * @returns {{arrived: (frame: string) => void}}
 */
export function publishDialog(controls, page) {
  const dialog = byId('publish');
  const fields = byId('publish-fields');
  const area = byId('publish-text');
  const fault = byId('publish-fault');
  const result = byId('publish-result');
  const send = byId('publish-now');
  /** The ids of events that have not arrived, with what to do when they do. @type {Map<string, () => void>} */
  let awaited = new Map();
  /** Whether the text is the user's own, not that of the fields. */
  let edited = false;

  for (const group of new Set(controls.map(control => control.group))) {
    fields.append(el('fieldset', {},
      el('legend', {}, group),
      ...controls.filter(control => control.group === group).map(field)));
  }

  function field(control) {
    const id = `publish-${control.id}`;
    const common = {id, class: 'text', 'data-control': control.id, 'data-test': id};
    const bound = {type: 'number', min: control.min, max: control.max, step: control.whole ? 1 : 'any'};
    return el('div.field', {},
      el('label', {for: id}, control.label),
      control.options.length > 0
        ? el('select', common, el('option', {value: ''}, '–'), ...control.options.map(({code, name}) => el('option', {value: code}, name)))
        : el('input', {
          ...common,
          ...(control.kind === 'range' ? bound : {type: 'text', maxlength: control.maxLength, placeholder: control.example}),
          autocomplete: 'off',
        }));
  }

  /** Writes the event of the fields, with a new id. */
  function write() {
    const values = new Map([...fields.querySelectorAll('[data-control]')].map(input => [input.dataset.control, input.value]));
    const {event, handler_id} = testMessage(controls, values, crypto.randomUUID?.() ?? `test-${Date.now()}`);
    const now = new Date().toISOString();
    area.value = JSON.stringify(
      {...(handler_id && {handler_id}), events: [event], event_create_time: now, event_end_time: now}, null, 2);
    edited = false;
    fault.textContent = '';
  }

  // Some browsers report the choice of an option only as a change.
  fields.addEventListener('input', write);
  fields.addEventListener('change', write);
  area.addEventListener('input', () => {
    edited = true;
    fault.textContent = '';
  });

  byId('publish-form').addEventListener('submit', async event => {
    event.preventDefault();
    const read = payloadOf(area.value, new Date().toISOString());
    if (read.fault !== undefined) {
      fault.textContent = read.fault;
      area.focus();
      return;
    }
    send.disabled = true;
    const start = performance.now();
    const arrival = wait(read.ids, start);
    result.replaceChildren(arrival);
    const {answer, fault: refused} = await page.publish(read.payload);
    send.disabled = false;
    if (refused !== undefined) {
      awaited = new Map();
      result.replaceChildren();
      fault.textContent = refused;
      area.focus();
      return;
    }
    const lines = [
      el('p', {'data-test': 'published'},
        `Published to ${answer.channel}: ${plural(answer.events, 'event')}, ${plural(answer.subscribers, 'subscriber')} at Redis.`),
      arrival,
    ];
    result.replaceChildren(...lines);
    const why = await explained(read.payload);
    result.replaceChildren(...lines, ...why);
    if (!edited) {
      write();
    }
  });

  /** Returns a line that shows when the events have arrived. */
  function wait(ids, start) {
    const missing = new Map();
    awaited = missing;
    const line = el('p', {'data-test': 'arrival'}, 'Waiting for it…');
    if (!page.live()) {
      line.textContent = 'This page is not connected, so it does not receive it.';
    } else if (ids.length === 0) {
      line.textContent = 'Without an event_id, this page cannot recognise it.';
    } else {
      const timer = setTimeout(() => {
        missing.clear();
        line.textContent = `It has not arrived here within ${PATIENCE / 1000} s.`;
      }, PATIENCE);
      for (const id of ids) {
        missing.set(id, () => {
          missing.delete(id);
          line.textContent = `Arrived here after ${number(performance.now() - start)} ms`
            + (ids.length > 1 ? `: ${ids.length - missing.size} of ${ids.length} events.` : '.');
          if (missing.size === 0) {
            clearTimeout(timer);
          }
        });
      }
    }
    return line;
  }

  /** Explains the first event for the current filter. */
  async function explained(payload) {
    const read = pasted(payload, page.filter());
    const {answer, fault: unexplained} = await page.explain('body' in read ? read.body : '');
    return answer ? verdict(answer) : [el('p.fault', {}, unexplained)];
  }

  closable(dialog);
  byId('publish-open').hidden = false;
  byId('publish-open').addEventListener('click', () => {
    if (!edited) {
      write();
    }
    fault.textContent = '';
    result.replaceChildren();
    dialog.showModal();
  });

  return {
    arrived(frame) {
      for (const [id, done] of awaited) {
        if (frame.includes(JSON.stringify(id))) {
          done();
        }
      }
    },
  };
}
