/**
 * Extracts the fields that a card shows from an event. Tolerates missing fields and wrong types; pure.
 *
 * @typedef {object} Trait a value that a filter can name
 * @property {string} param the filter
 * @property {string} name of the value; empty if the value is clear without it
 * @property {string} value the text for users
 * @property {string} code the value in a query
 *
 * @typedef {object} Summary
 * @property {string} id
 * @property {string} time
 * @property {Trait|null} source
 * @property {Trait[]} place from the city to the house
 * @property {{label: string, similarity: number}|null} match the best
 * @property {number|null} age
 * @property {string|null} sample the id of the picture of the face; of the body if there is no face
 * @property {Trait[]} traits the values of the other filters
 * @property {Trait[]} tags
 */

const SOURCE = 'event.source';
const TAGS = 'event.tags[]';
const LOCATION = 'event.location.';

/** Starts of the paths of values that are clear without a name. */
const CLEAR = [SOURCE, TAGS, LOCATION, 'event.face_attributes.', 'event.aggregate_estimations.face.attributes.emotions.'];

/** Returns the value at a path, or undefined. */
function at(value, path) {
  return path.split('.').reduce((node, key) => (node !== null && typeof node === 'object' ? node[key] : undefined), value);
}

/** Returns the values at a path in which `[]` stands for each element of an array. */
function values(value, path) {
  return path.split('.').reduce((nodes, key) => nodes.flatMap(node => {
    const next = at(node, key.replace('[]', ''));
    return key.endsWith('[]') ? list(next) : [next];
  }), [value]);
}

function text(value) {
  return typeof value === 'string' && value !== '' ? value : null;
}

function list(value) {
  return Array.isArray(value) ? value : [];
}

/**
 * @param {any} frame
 * @param {import('./contract.js').Control[]} controls
 * @returns {Summary}
 */
export function summary(frame, controls) {
  const event = at(frame, 'event');
  const read = filter => controls.filter(filter).flatMap(control => traits(frame, control));
  const age = at(event, 'face_attributes.basic_attributes.age');
  return {
    id: text(at(event, 'event_id')) ?? '',
    time: text(at(frame, 'event-create-time')) ?? text(at(frame, 'event-end-time')) ?? '',
    source: read(({field}) => field === SOURCE)[0] ?? null,
    place: read(({field}) => field.startsWith(LOCATION)),
    match: bestMatch(event),
    age: typeof age === 'number' ? age : null,
    sample: sampleOf(event),
    traits: read(isTrait),
    tags: read(({field}) => field === TAGS),
  };
}

/** Returns the values on a card that filters can name. @param {Summary} read */
export function shownTraits({source, place, traits, tags}) {
  return [...(source === null ? [] : [source]), ...place, ...traits, ...tags];
}

/** Returns whether the card lists the values: all codes, and texts that are not ids and not shown elsewhere. */
function isTrait({kind, group, field, pattern}) {
  const elsewhere = group === 'Place' || group === 'Match' || field === TAGS;
  return kind === 'texts' ? !elsewhere && !pattern : kind !== 'range';
}

/** @returns {Trait[]} the values of the event that a control can select */
function traits(frame, {id, kind, field, noun, options}) {
  const name = CLEAR.some(start => field.startsWith(start)) ? '' : noun;
  return values(frame, field).flatMap(value => {
    if (kind === 'texts') {
      return text(value) === null ? [] : [{param: id, name, value, code: value}];
    }
    const option = options.find(one => one.code === String(value) || one.name === String(value ?? '').replaceAll('_', ' '));
    return option ? [{param: id, name, value: option.name, code: option.code}] : [];
  });
}

/** Returns the id of the first sample of a face, or else of a body. */
function sampleOf(event) {
  const samples = list(at(event, 'detections')).map(detection => at(detection, 'samples'));
  const ids = part => samples.map(sample => text(at(sample, `${part}.sample_id`))).filter(id => id !== null);
  return ids('face')[0] ?? ids('body')[0] ?? null;
}

function bestMatch(event) {
  let best = null;
  for (const match of list(at(event, 'matches'))) {
    for (const candidate of list(at(match, 'candidates'))) {
      const similarity = at(candidate, 'similarity');
      if (typeof similarity === 'number' && (best === null || similarity > best.similarity)) {
        best = {label: text(at(match, 'label')) ?? '', similarity};
      }
    }
  }
  return best;
}

/**
 * Returns the milliseconds from the end of the event, by the publisher's clock, to now, by the browser's
 * clock; null if the frame has no such time. It includes the difference between the clocks, so it may be
 * negative. Searches the text of the frame for the time, because most frames are never parsed.
 *
 * @param {string} frame
 */
export function lag(frame, now) {
  const tail = frame.slice(frame.lastIndexOf('"event-create-time"'));
  const end = /"event-end-time":\s*"([^"]+)"/.exec(tail) ?? /"event-create-time":\s*"([^"]+)"/.exec(tail);
  const time = end === null ? NaN : Date.parse(end[1]);
  return Number.isNaN(time) ? null : now - time;
}

/**
 * Returns the values of an event in lower case, for the search: as its card shows them, and as they are in
 * the event, without names and measurements.
 *
 * @param {any} value
 * @param {Summary} [read]
 */
export function words(value, read) {
  /** @type {(string|number)[]} */
  const found = [];
  const walk = (node, key) => {
    if (typeof node === 'string' || typeof node === 'number') {
      found.push(node);
    } else if (node !== null && typeof node === 'object' && key !== 'detections' && key !== 'estimations') {
      Object.entries(node).forEach(([inner, child]) => walk(child, inner));
    }
  };
  walk(value, '');
  for (const each of read === undefined ? [] : [...read.place, ...read.traits, ...read.tags]) {
    found.push(each.name, each.value);
  }
  return found.join(' ').toLowerCase();
}

/**
 * Formats a time in the user's zone, to the millisecond, with the date if it is not today; returns a text that
 * is not a time unchanged.
 *
 * @param {string} time
 * @param {Date} [today]
 */
export function clock(time, today = new Date()) {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) {
    return time;
  }
  const two = number => String(number).padStart(2, '0');
  const day = when => `${when.getFullYear()}-${two(when.getMonth() + 1)}-${two(when.getDate())}`;
  const hours = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, '0')}`;
  return day(date) === day(today) ? hours : `${day(date)} ${hours}`;
}

/** Returns the name of the user's time zone, such as `Europe/Berlin (UTC+2)`. */
export function zone(date = new Date()) {
  const minutes = -date.getTimezoneOffset();
  const offset = `UTC${minutes < 0 ? '-' : '+'}${Math.floor(Math.abs(minutes) / 60)}${minutes % 60 === 0 ? '' : ':' + String(Math.abs(minutes) % 60).padStart(2, '0')}`;
  const name = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return !name || name === 'UTC' ? offset : `${name} (${offset})`;
}

/**
 * Returns the kind of a message, from its first key: events are not parsed until they are shown.
 *
 * @returns {'event'|'gap'|'interruption'|'healed'|'resume'|'live'|'stats'|'other'}
 */
export function kind(frame) {
  const key = /^\s*\{\s*"(event|gap|interruption|healed|resume|live|stats)"/.exec(frame)?.[1];
  return /** @type {any} */ (key ?? 'other');
}
