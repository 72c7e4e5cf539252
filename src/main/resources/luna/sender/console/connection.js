/**
 * The stream of one account, over one connection after another. The functions of the browser are passed in,
 * so tests can replace them.
 *
 * @typedef {object} State
 * @property {'idle'|'connecting'|'live'|'waiting'|'stopped'|'token'} name
 * @property {string} [title]
 * @property {string} [hint]
 * @property {number} [until] when the next attempt is due
 * @property {string|null} [parameter] the parameter that the service rejected
 *
 * @typedef {object} Target
 * @property {string} path and query of the WebSocket, relative to the page
 * @property {string} token empty if there is none
 * @property {boolean} [history] whether the service keeps a history
 * @property {string} [account] of the path; positions belong to it
 *
 * @typedef {object} Browser
 * @property {typeof WebSocket} WebSocket
 * @property {typeof fetch} fetch
 * @property {(action: () => void, milliseconds: number) => any} setTimeout
 * @property {(timer: any) => void} clearTimeout
 * @property {() => number} now
 * @property {() => number} random
 * @property {string} base the page's address
 */
import {NOT_WEBSOCKET, SETTLED, afterClose, afterRefusal, faultyParameter, pause} from './reconnect.js';
import {Resume} from './resume.js';

export class Connection {
  /**
   * @param {Browser} browser
   * @param {(state: State) => void} onState
   * @param {(frame: string, now: number) => void} onFrame
   */
  constructor(browser, onState, onFrame) {
    this.browser = browser;
    this.onState = onState;
    this.onFrame = onFrame;
    /** @type {Target|null} */
    this.target = null;
    /** @type {string|undefined} the account of the position from which the next connection goes on */
    this.account = undefined;
    /** @type {WebSocket|null} */
    this.socket = null;
    this.timer = null;
    this.failures = 0;
    this.resume = new Resume(false);
  }

  /** @param {Target} target replaces the current one */
  open(target) {
    this.drop();
    // Another filter goes on where the one before it has ended.
    if (target.account !== this.account || Boolean(target.history) !== this.resume.history) {
      this.resume = new Resume(Boolean(target.history));
    }
    this.target = target;
    this.account = target.account;
    this.failures = 0;
    this.connect();
  }

  /** Connects now, without waiting for the end of the delay. */
  retry() {
    if (this.target !== null) {
      this.drop();
      this.connect();
    }
  }

  close() {
    this.drop();
    this.target = null;
    this.onState({name: 'idle'});
  }

  drop() {
    this.browser.clearTimeout(this.timer);
    const socket = this.socket;
    this.socket = null;
    socket?.close(1000);
  }

  connect() {
    const target = /** @type {Target} */ (this.target);
    const path = this.resume.path(target.path);
    const address = new URL(path, this.browser.base);
    address.protocol = address.protocol.replace('http', 'ws');
    this.onState({name: 'connecting'});
    /** @type {WebSocket} */
    let socket;
    try {
      const protocols = target.token ? ['luna.sender.v2', 'luna.bearer.' + target.token] : [];
      socket = new this.browser.WebSocket(address.href, protocols);
    } catch {
      this.onState({name: 'token', title: 'Invalid token', hint: 'It contains characters that a token cannot have.'});
      return;
    }
    this.socket = socket;
    let opened = 0;
    socket.onopen = () => {
      if (socket === this.socket) {
        opened = this.browser.now();
        this.onState({name: 'live'});
      }
    };
    socket.onmessage = message => {
      if (socket === this.socket) {
        const frame = this.resume.received(message.data);
        if (frame !== null) {
          this.onFrame(frame, this.browser.now());
        }
      }
    };
    socket.onclose = async ({code, reason}) => {
      if (socket !== this.socket) {
        return;
      }
      if (opened > 0) {
        if (this.browser.now() - opened >= SETTLED) {
          this.failures = 0;
        }
        this.follow(afterClose(code, reason));
        return;
      }
      const refusal = await this.requestReason({...target, path});
      // The user may have changed the target meanwhile.
      if (socket === this.socket) {
        this.follow(afterRefusal(refusal), faultyParameter(refusal?.error?.detail));
      }
    };
  }

  /** Sends the same request over plain HTTP. Its response has the reason of the rejection. */
  async requestReason(target) {
    try {
      const answer = await this.browser.fetch(new URL(target.path, this.browser.base).href, {
        headers: target.token ? {Authorization: `Bearer ${target.token}`} : {},
        cache: 'no-store',
        credentials: 'same-origin',
      });
      const error = await answer.json().catch(() => null);
      const notReady = error?.error_code === NOT_WEBSOCKET ? await this.requestReadiness() : null;
      return {status: answer.status, error, retryAfter: answer.headers.get('Retry-After'), notReady};
    } catch {
      return null;
    }
  }

  /** Returns the detail of the readiness probe, or null if the node is ready or the detail is unknown. */
  async requestReadiness() {
    try {
      const answer = await this.browser.fetch(new URL('readyz', this.browser.base).href, {cache: 'no-store'});
      return answer.status === 503 ? ((await answer.json()).detail ?? '') : null;
    } catch {
      return null;
    }
  }

  /** @param {import('./reconnect.js').Decision} decision */
  follow({action, title, hint, atLeast}, parameter = null) {
    this.socket = null;
    if (action === 'reconnect') {
      const wait = pause(this.failures++, this.browser.random(), atLeast);
      this.timer = this.browser.setTimeout(() => this.connect(), wait);
      this.onState({name: 'waiting', title, hint, until: this.browser.now() + wait});
    } else {
      this.onState({name: action === 'stop' ? 'stopped' : 'token', title, hint, parameter});
    }
  }
}
