/**
 * Decides what to do when a connection ends or is rejected, by the rules of the manual's chapter "Connecting"; pure.
 *
 * @typedef {object} Decision
 * @property {'reconnect'|'stop'|'token'} action
 * @property {string} title what happened
 * @property {string} hint what it means, and what the user can do
 * @property {number} [atLeast] the minimum delay in milliseconds
 *
 * @typedef {object} Refusal
 * @property {number} status of the plain request after the rejected handshake
 * @property {{error_code?: number, desc?: string, detail?: string}|null} error
 * @property {string|null} [retryAfter] seconds
 * @property {string|null} [notReady] why the node is not ready
 */

const FIRST = 500;
const LONGEST = 10_000;

/** A connection that has lasted this long resets the delays. */
export const SETTLED = 10_000;

/** The code of a request that is valid, except that it is not a WebSocket handshake. */
export const NOT_WEBSOCKET = 12046;

/** The code of a request without a token. */
const TOKEN_MISSING = 12010;

/** @type {Record<number, [Decision['action'], string, string]>} */
const CODES = {
  1000: ['reconnect', 'Closed', 'The other side has ended the connection.'],
  1001: ['reconnect', 'The node is shutting down', 'This page reconnects, to another node or to the restarted one.'],
  1002: ['stop', 'Protocol error', 'Something between this page and the service alters WebSocket frames.'],
  1003: ['stop', 'Unsupported data', 'A gateway has closed the connection.'],
  1005: ['reconnect', 'Closed without a code', 'The other side has ended the connection.'],
  1006: ['reconnect', 'The connection broke', 'There was no close frame: the network, a proxy or the node has failed.'],
  1007: ['stop', 'Invalid payload', 'Something between this page and the service alters WebSocket frames.'],
  1008: ['stop', 'Too many frames', 'The service has received more frames from this page than it allows.'],
  1009: ['stop', 'Message too big', 'The service has rejected a message that something between this page and the service has sent.'],
  1011: ['reconnect', 'Internal error of the service', 'Its log has the cause.'],
  4008: ['reconnect', 'This page reads too slowly', 'The waiting events are lost. Narrow the filter to get fewer events.'],
  4401: ['token', 'The token has expired', 'Enter a new one to continue.'],
  4403: ['stop', 'Closed by an operator', 'Ask the operator of the service before you connect again.'],
};

/** @returns {Decision} for the end of a connection that was open */
export function afterClose(code, text = '') {
  const [action, title, hint] = CODES[code] ?? ['reconnect', text || 'Closed', 'A gateway has ended the connection.'];
  return {action, title: `${title} (${code})`, hint};
}

/**
 * A browser does not report why a handshake was rejected. So the page sends a plain GET to the same URL;
 * the service checks everything except the upgrade, and responds with the reason.
 *
 * @param {Refusal|null} refusal null if the plain GET failed too
 * @returns {Decision}
 */
export function afterRefusal(refusal) {
  if (refusal === null) {
    return {action: 'reconnect', title: 'The service cannot be reached', hint: 'It is down, or the network is.'};
  }
  const {status, error} = refusal;
  const hint = error?.detail ?? error?.desc ?? `The response was ${status}.`;
  if (error?.error_code === NOT_WEBSOCKET && typeof refusal.notReady === 'string') {
    return {
      action: 'reconnect',
      title: refusal.notReady.includes('redis') ? 'Redis is unreachable' : 'The node is not ready',
      hint: `The service accepts no clients until it is ready: ${refusal.notReady}`,
    };
  }
  if (error?.error_code === NOT_WEBSOCKET) {
    return {
      action: 'reconnect',
      title: 'The WebSocket could not be opened',
      hint: 'The service accepts this request over plain HTTP. Perhaps a proxy does not forward upgrades.',
    };
  }
  if (status === 401) {
    return {
      action: 'token',
      title: 'A token is required (401)',
      hint: error?.error_code === TOKEN_MISSING ? 'This service accepts signed tokens only. Paste one under "Token".' : hint,
    };
  }
  if (status === 429 || status >= 500) {
    const seconds = Number(refusal.retryAfter ?? 0);
    return {
      action: 'reconnect',
      title: `Temporarily rejected (${status})`,
      hint,
      atLeast: Number.isFinite(seconds) ? seconds * 1000 : 0,
    };
  }
  return {action: 'stop', title: `Rejected (${status})`, hint};
}

/**
 * Returns a random delay (full jitter), because all clients of a stopped node reconnect at the same time.
 *
 * @param {number} failures in a row
 * @param {number} random from 0 to 1
 * @param {number} [atLeast] milliseconds
 */
export function pause(failures, random, atLeast = 0) {
  return atLeast + random * Math.min(LONGEST, FIRST * 2 ** Math.min(failures, 20));
}

/** Returns the parameter that an error names, or null: `Bad query parameters: age__gte: -1 (expected: ...)`. */
export function faultyParameter(detail) {
  return /^(?:Bad query parameters: )?([a-z][a-z_]*): /.exec(detail ?? '')?.[1] ?? null;
}
