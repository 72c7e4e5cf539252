/** Creates the payloads of test events; pure. */
import {member} from './json.js';

/**
 * Returns an event, and what else its message has, with a value at the path of each filter.
 *
 * @param {import('./contract.js').Control[]} controls
 * @param {Map<string, string>} values by the id of the control; an empty text is no value
 * @param {string} id of the event
 * @returns {any} with the keys of a message
 */
export function testMessage(controls, values, id) {
  const message = {event: {event_id: id}};
  for (const control of controls) {
    const text = values.get(control.id)?.trim() ?? '';
    if (text !== '') {
      put(message, control.field.split('.'), read(control, text));
    }
  }
  return message;
}

/** Returns the value that a filter reads; of a list of texts, an array. */
function read({kind, field}, text) {
  if (kind !== 'texts') {
    return Number.isNaN(Number(text)) ? text : Number(text);
  }
  return field.endsWith('[]') ? text.split(',').map(part => part.trim()).filter(Boolean) : text;
}

function put(node, [step, ...rest], value) {
  const key = step.replace('[]', '');
  if (rest.length === 0) {
    node[key] = step.endsWith('[]') ? [value].flat() : value;
  } else if (step.endsWith('[]')) {
    node[key] ??= [{}];
    put(node[key][0], rest, value);
  } else {
    node[key] ??= {};
    put(node[key], rest, value);
  }
}

/**
 * Returns the payload for a text that the user wrote, whose literals stay as they are.
 *
 * @param {string} text a payload, an event, or a message
 * @param {string} now the time of a new event, as in RFC 3339
 * @returns {{payload: string, ids: string[], fault?: undefined}|{fault: string}}
 */
export function payloadOf(text, now) {
  let value;
  try {
    value = JSON.parse(text);
  } catch (failure) {
    return {fault: `This is not JSON: ${/** @type {Error} */ (failure).message}`};
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    return {fault: 'An event is a JSON object.'};
  }
  if (Array.isArray(value.events)) {
    return {payload: text, ids: value.events.map(event => event?.event_id).filter(id => typeof id === 'string')};
  }
  const isMessage = value.event !== null && typeof value.event === 'object';
  const event = isMessage ? value.event : value;
  const part = (key, otherwise) => member(text, key) ?? otherwise;
  const payload = isMessage
    ? `{"handler_id":${part('handler_id', 'null')},"Luna-Request-Id":${part('Luna-Request-id', 'null')},"events":[${part('event', '{}')}],`
      + `"event_create_time":${part('event-create-time', JSON.stringify(now))},"event_end_time":${part('event-end-time', JSON.stringify(now))}}`
    : `{"events":[${text.trim()}],"event_create_time":${JSON.stringify(now)},"event_end_time":${JSON.stringify(now)}}`;
  return {payload, ids: typeof event.event_id === 'string' ? [event.event_id] : []};
}
