/**
 * What to do when a connection ends or is refused: the rules of the manual's chapter "Connecting"; pure.
 *
 * @typedef {object} Decision
 * @property {'reconnect'|'stop'|'token'} action
 * @property {string} title what happened
 * @property {string} hint what it means, and what helps
 * @property {number} [atLeast] milliseconds to wait in any case
 *
 * @typedef {object} Refusal
 * @property {number} status of the plain request that came after the refused handshake
 * @property {{error_code?: number, desc?: string, detail?: string}|null} error
 * @property {string|null} [retryAfter] seconds
 * @property {string|null} [notReady] what the node lacks
 */

const FIRST = 500;
const LONGEST = 10_000;

/** A connection that has lasted for so long was a success. */
export const SETTLED = 10_000;

/** The code of a request that is right in everything but that it is no WebSocket's. */
export const NOT_WEBSOCKET = 12046;

/** The code of a request that has no token. */
const TOKEN_MISSING = 12010;

/** @type {Record<number, [Decision['action'], string, string]>} */
const CODES = {
  1000: ['reconnect', 'Closed', 'The other side has ended the connection.'],
  1001: ['reconnect', 'The node is shutting down', 'Another one, or the same after its restart, takes over.'],
  1002: ['stop', 'Protocol error', 'Something between this page and the service alters WebSocket frames.'],
  1003: ['stop', 'Unsupported data', 'A gateway has closed the connection.'],
  1005: ['reconnect', 'Closed without a code', 'The other side has ended the connection.'],
  1006: ['reconnect', 'The connection broke', 'No close frame came: the network, a proxy, or a node that has died.'],
  1007: ['stop', 'Invalid payload', 'Something between this page and the service alters WebSocket frames.'],
  1008: ['stop', 'Too many frames', 'The service takes this page for a client that misbehaves.'],
  1009: ['stop', 'Message too big', 'The service has refused what something on the way has sent.'],
  1011: ['reconnect', 'A fault of the service', 'Its log has the cause.'],
  4008: ['reconnect', 'This page reads too slowly', 'What waited is lost. Narrow the filter to get fewer events.'],
  4401: ['token', 'The token has expired', 'Enter a new one to go on.'],
};

/** @returns {Decision} for the end of a connection that was open */
export function afterClose(code, text = '') {
  const [action, title, hint] = CODES[code] ?? ['reconnect', text || 'Closed', 'A gateway has ended the connection.'];
  return {action, title: `${title} (${code})`, hint};
}

/**
 * A browser does not say why a handshake was refused, so the same URL is asked for by a plain GET, of
 * which everything is checked but that it is an upgrade.
 *
 * @param {Refusal|null} refusal null if that failed, too
 * @returns {Decision}
 */
export function afterRefusal(refusal) {
  if (refusal === null) {
    return {action: 'reconnect', title: 'The service cannot be reached', hint: 'It is down, or the network is.'};
  }
  const {status, error} = refusal;
  const hint = error?.detail ?? error?.desc ?? `The answer was ${status}.`;
  if (error?.error_code === NOT_WEBSOCKET && typeof refusal.notReady === 'string') {
    return {
      action: 'reconnect',
      title: refusal.notReady.includes('redis') ? 'Redis is unreachable' : 'The node is not ready',
      hint: `The service takes no clients until it is ready: ${refusal.notReady}`,
    };
  }
  if (error?.error_code === NOT_WEBSOCKET) {
    return {
      action: 'reconnect',
      title: 'The WebSocket could not be opened',
      hint: 'By plain HTTP the service takes this request. A proxy that does not pass upgrades on looks like this.',
    };
  }
  if (status === 401) {
    return {
      action: 'token',
      title: 'A token is needed (401)',
      hint: error?.error_code === TOKEN_MISSING ? 'This service accepts signed tokens only. Paste one under "Token".' : hint,
    };
  }
  if (status === 429 || status >= 500) {
    const seconds = Number(refusal.retryAfter ?? 0);
    return {
      action: 'reconnect',
      title: `Not now (${status})`,
      hint,
      atLeast: Number.isFinite(seconds) ? seconds * 1000 : 0,
    };
  }
  return {action: 'stop', title: `Refused (${status})`, hint};
}

/**
 * Full jitter: when a node stops, all of its clients come back, and not at once.
 *
 * @param {number} failures in a row
 * @param {number} random from 0 to 1
 * @param {number} [atLeast] milliseconds
 */
export function pause(failures, random, atLeast = 0) {
  return atLeast + random * Math.min(LONGEST, FIRST * 2 ** Math.min(failures, 20));
}

/** The parameter that an error names, or null: `Bad query parameters: age__gte: -1 (expected: ...)`. */
export function faultyParameter(detail) {
  return /^(?:Bad query parameters: )?([a-z][a-z_]*): /.exec(detail ?? '')?.[1] ?? null;
}
