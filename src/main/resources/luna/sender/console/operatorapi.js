/**
 * Requests of the operators' API, and what its errors mean for the person who reads them. The function of the
 * browser is passed in, so tests can replace it.
 *
 * @typedef {object} Fault
 * @property {'token'|'scope'|'off'|'gone'|'away'|'other'} kind
 * @property {string} text
 */

/** The code of an error for an operator that may only read. */
const SCOPE_MISSING = 11060;

/** A node that collects the answers of others needs at most `WAIT` and some seconds of its own. */
const TIMEOUT_SECONDS = 10;

/** How long the other nodes may take, in seconds. */
export const WAIT = 2;

/**
 * @param {number} status
 * @param {{error_code?: number, desc?: string, detail?: string}} said
 * @returns {Fault}
 */
export function fault(status, said) {
  const why = said.detail ?? said.desc ?? 'no reason given';
  if (status === 401) {
    return {kind: 'token', text: `The node rejected the token: ${why}.`};
  }
  if (status === 403 && said.error_code === SCOPE_MISSING) {
    return {kind: 'scope', text: 'This token may only read: it lacks the scope “close”.'};
  }
  if (status === 403) {
    return {kind: 'other', text: `The node rejected the request: ${why}`};
  }
  if (status === 404 && (said.detail === undefined || said.detail === 'Page not found')) {
    return {
      kind: 'off',
      text: 'This node has no operators’ API. It is off until LUNA_SENDER_ADMIN.TOKENS_FILE names a file with operators and their tokens.',
    };
  }
  if (status === 404) {
    return {kind: 'gone', text: `${why}.`};
  }
  return {kind: 'other', text: `The node responded with ${status}: ${why}`};
}

export class OperatorApi {
  /** @param {typeof fetch} request */
  constructor(request) {
    this.request = request;
    this.token = '';
  }

  /**
   * @param {'GET'|'DELETE'} method
   * @param {string} path relative to the page
   * @returns {Promise<{body?: any, fault?: Fault}>}
   */
  async send(method, path) {
    try {
      const answer = await this.request(path, {
        method,
        headers: this.token === '' ? {} : {Authorization: `Bearer ${this.token}`},
        cache: 'no-store',
        signal: AbortSignal.timeout(TIMEOUT_SECONDS * 1000),
      });
      const said = await answer.json().catch(() => ({}));
      return answer.ok ? {body: said} : {fault: fault(answer.status, said)};
    } catch (failure) {
      // A header with a character that HTTP does not allow is an error of the browser, before any request.
      if (failure instanceof TypeError && /[^\x21-\x7e]/.test(this.token)) {
        return {fault: {kind: 'token', text: 'A token consists of visible ASCII characters.'}};
      }
      const late = failure instanceof DOMException && failure.name === 'TimeoutError';
      return {fault: {kind: 'away', text: late ? `The node has not answered within ${TIMEOUT_SECONDS} s.` : 'The node cannot be reached.'}};
    }
  }
}
