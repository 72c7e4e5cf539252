/**
 * Derives the form's controls from the filters of the contract; pure.
 *
 * @typedef {object} Option
 * @property {string} code the value in the query
 * @property {string} name the text for users
 *
 * @typedef {object} Control
 * @property {string} id the parameter; for a range, the common prefix of its two parameters
 * @property {'range'|'one'|'many'|'texts'} kind
 * @property {string[]} params the query parameters; for a range, the lower bound first
 * @property {string} label
 * @property {string} help
 * @property {string} field the path in a message to what the filter reads; `[]` stands for each element
 * @property {string} noun what the value is called
 * @property {string} group
 * @property {Option[]} options
 * @property {number} min
 * @property {number|undefined} max
 * @property {boolean} whole whether only whole numbers are valid
 * @property {number|undefined} maxLength
 * @property {string|undefined} pattern
 * @property {string} example
 */

/** The keyword of the contract that makes a parameter a filter. */
const FIELD = 'x-event-field';

/** The heading of a filter in the form, by the field of the event that it reads. */
const GROUPS = [
  ['event.face_attributes.', 'Face'],
  ['event.aggregate_estimations.', 'Face'],
  ['event.matches', 'Match'],
  ['event.source', 'Place'],
  ['event.location.', 'Place'],
];
const ORDER = ['Face', 'Match', 'Place', 'Event'];

/** @param {any} contract the contract as JSON */
export function queryParameters(contract) {
  const parameters = contract?.paths?.['/{api}/ws']?.get?.parameters ?? [];
  return parameters
    .map(parameter => resolve(contract, parameter))
    .filter(parameter => parameter?.in === 'query');
}

/**
 * @param {any} contract
 * @returns {Control[]} in the order of the form
 */
export function controls(contract) {
  /** @type {Map<string, Control>} */
  const found = new Map();
  for (const parameter of queryParameters(contract)) {
    if (parameter[FIELD] === undefined) {
      continue;
    }
    const bound = /^(.+)__(gte|lt)$/.exec(parameter.name);
    const id = bound ? bound[1] : parameter.name;
    const known = found.get(id);
    if (known) {
      // The lower bound is first, whatever the order in the contract.
      known.params[bound?.[2] === 'gte' ? 'unshift' : 'push'](parameter.name);
    } else {
      found.set(id, control(id, parameter, bound !== null));
    }
  }
  return [...found.values()].sort((a, b) => ORDER.indexOf(a.group) - ORDER.indexOf(b.group));
}

/** @returns {Control} */
function control(id, parameter, isBound) {
  const schema = parameter.schema ?? {};
  const value = schema.type === 'array' ? schema.items ?? {} : schema;
  const field = parameter[FIELD];
  const examples = [parameter.example ?? ''].flat();
  return {
    id,
    kind: isBound ? 'range' : value.enum ? (schema.type === 'array' ? 'many' : 'one') : 'texts',
    params: [parameter.name],
    label: label(id),
    help: plain(parameter.description ?? ''),
    field,
    noun: parameter['x-event-noun'] ?? words(field.slice(field.lastIndexOf('.') + 1).replace('[]', '')),
    group: GROUPS.find(([prefix]) => field.startsWith(prefix))?.[1] ?? 'Event',
    options: (value.enum ?? []).map((code, i) => ({
      code: String(code),
      name: words(value['x-enum-varnames']?.[i] ?? String(code)),
    })),
    min: value.minimum ?? 0,
    max: value.maximum,
    whole: value.type === 'integer',
    maxLength: value.maxLength,
    pattern: value.pattern,
    example: String(examples[0]),
  };
}

function resolve(contract, parameter) {
  const path = parameter?.$ref;
  return typeof path === 'string'
    ? path.slice(2).split('/').reduce((node, key) => node?.[key], contract)
    : parameter;
}

/** Converts `object_similarity` to "Object similarity". */
export function label(name) {
  const text = words(name);
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Converts `medical_mask` to "medical mask". */
export function words(name) {
  return name.replaceAll('_', ' ');
}

/** Converts CommonMark of the contract to plain text. */
function plain(text) {
  return text.replaceAll('`', '').replace(/\s+/g, ' ').trim();
}
