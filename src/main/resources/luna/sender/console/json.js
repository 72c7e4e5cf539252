/**
 * Formats JSON without changing its literals: a number keeps all of its digits; pure.
 *
 * @typedef {object} Token
 * @property {'key'|'string'|'number'|'word'|'sign'} kind
 * @property {string} text
 */

const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null|[{}[\],:]/g;

/**
 * @param {string} json valid JSON
 * @returns {Token[]} including the white space of the indented form
 */
export function pretty(json) {
  /** @type {Token[]} */
  const tokens = [];
  const texts = json.match(TOKEN) ?? [];
  let depth = 0;
  const line = () => '\n' + '  '.repeat(depth);
  texts.forEach((text, i) => {
    const next = texts[i + 1];
    if (text === '{' || text === '[') {
      const empty = next === '}' || next === ']';
      depth++;
      tokens.push({kind: 'sign', text: empty ? text : text + line()});
    } else if (text === '}' || text === ']') {
      depth--;
      const empty = texts[i - 1] === '{' || texts[i - 1] === '[';
      tokens.push({kind: 'sign', text: empty ? text : line() + text});
    } else if (text === ',') {
      tokens.push({kind: 'sign', text: ',' + line()});
    } else if (text === ':') {
      tokens.push({kind: 'sign', text: ': '});
    } else if (text.startsWith('"')) {
      tokens.push({kind: next === ':' ? 'key' : 'string', text});
    } else {
      tokens.push({kind: /[tfn]/.test(text[0]) ? 'word' : 'number', text});
    }
  });
  return tokens;
}

/**
 * Returns the value of a key of an object, as it is written there; of repeated keys, the last one counts.
 *
 * @param {string} json a valid JSON object
 * @returns {string|null}
 */
export function member(json, key) {
  const texts = json.match(TOKEN) ?? [];
  let found = null;
  let depth = 0;
  for (let i = 0; i < texts.length; i++) {
    const text = texts[i];
    if (depth === 1 && texts[i + 1] === ':' && text.startsWith('"') && JSON.parse(text) === key) {
      const start = i + 2;
      for (i = start; depth > 1 || !(texts[i] === ',' || texts[i] === '}'); i++) {
        depth += change(texts[i]);
      }
      found = texts.slice(start, i).join('');
    }
    depth += change(texts[i]);
  }
  return found;
}

/** Returns how a token changes the depth. */
function change(text) {
  return text === '{' || text === '[' ? 1 : text === '}' || text === ']' ? -1 : 0;
}

/**
 * Returns the body of an explain request: the frame with the current filter added. The frame is not
 * parsed, so the service evaluates exactly what it has sent.
 *
 * @param {string} frame a JSON object
 */
export function explainBody(frame, filter) {
  return `{"filter":${JSON.stringify(filter)},${frame.trim().slice(1)}`;
}

/**
 * Converts a pasted text to the body of an explain request.
 *
 * @param {string} text a frame, an event, a payload of Redis, or the id of an event
 * @returns {{body: string, title: string}|{fault: string}}
 */
export function pasted(text, filter) {
  const trimmed = text.trim();
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(trimmed)) {
    return {body: JSON.stringify({filter, event_id: trimmed}), title: `Event ${trimmed}`};
  }
  let value;
  try {
    value = JSON.parse(trimmed);
  } catch (failure) {
    return {fault: `This is neither JSON nor the id of an event: ${/** @type {Error} */ (failure).message}`};
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    return {fault: 'An event is a JSON object.'};
  }
  if (value.event !== null && typeof value.event === 'object') {
    return {body: explainBody(trimmed, filter), title: 'The pasted message'};
  }
  if (Array.isArray(value.events) && value.events.length > 0) {
    const first = {filter, event: value.events[0], handler_id: value.handler_id ?? undefined};
    const title = value.events.length > 1 ? `The first of ${value.events.length} pasted events` : 'The pasted event';
    return {body: JSON.stringify(first), title};
  }
  return {body: `{"filter":${JSON.stringify(filter)},"event":${trimmed}}`, title: 'The pasted event'};
}
