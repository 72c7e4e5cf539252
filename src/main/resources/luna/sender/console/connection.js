/**
 * One account's stream through all of its connections. Browser, but with its surroundings passed in.
 *
 * @typedef {object} State
 * @property {'idle'|'connecting'|'live'|'waiting'|'stopped'|'token'} name
 * @property {string} [title]
 * @property {string} [hint]
 * @property {number} [until] when the next attempt is due
 * @property {string|null} [parameter] that the service has refused
 *
 * @typedef {object} Wish
 * @property {string} path and query of the WebSocket, relative to the page
 * @property {string} token empty if there is none
 *
 * @typedef {object} Surroundings
 * @property {typeof WebSocket} WebSocket
 * @property {typeof fetch} fetch
 * @property {(action: () => void, milliseconds: number) => any} setTimeout
 * @property {(timer: any) => void} clearTimeout
 * @property {() => number} now
 * @property {() => number} random
 * @property {string} base the page's address
 */
import {NOT_WEBSOCKET, SETTLED, afterClose, afterRefusal, faultyParameter, pause} from './reconnect.js';

export class Connection {
  /**
   * @param {Surroundings} surroundings
   * @param {(state: State) => void} onState
   * @param {(frame: string, now: number) => void} onFrame
   */
  constructor(surroundings, onState, onFrame) {
    this.by = surroundings;
    this.onState = onState;
    this.onFrame = onFrame;
    /** @type {Wish|null} */
    this.wish = null;
    /** @type {WebSocket|null} */
    this.socket = null;
    this.timer = null;
    this.failures = 0;
  }

  /** @param {Wish} wish in place of the one before */
  open(wish) {
    this.drop();
    this.wish = wish;
    this.failures = 0;
    this.connect();
  }

  /** At once, instead of when it is due. */
  retry() {
    if (this.wish !== null) {
      this.drop();
      this.connect();
    }
  }

  close() {
    this.drop();
    this.wish = null;
    this.onState({name: 'idle'});
  }

  drop() {
    this.by.clearTimeout(this.timer);
    const socket = this.socket;
    this.socket = null;
    socket?.close(1000);
  }

  connect() {
    const wish = /** @type {Wish} */ (this.wish);
    const address = new URL(wish.path, this.by.base);
    address.protocol = address.protocol.replace('http', 'ws');
    this.onState({name: 'connecting'});
    /** @type {WebSocket} */
    let socket;
    try {
      const protocols = wish.token ? ['luna.sender.v2', 'luna.bearer.' + wish.token] : [];
      socket = new this.by.WebSocket(address.href, protocols);
    } catch {
      this.onState({name: 'token', title: 'This is no token', hint: 'It has characters that no token has.'});
      return;
    }
    this.socket = socket;
    let opened = 0;
    socket.onopen = () => {
      if (socket === this.socket) {
        opened = this.by.now();
        this.onState({name: 'live'});
      }
    };
    socket.onmessage = message => {
      if (socket === this.socket) {
        this.onFrame(message.data, this.by.now());
      }
    };
    socket.onclose = async ({code, reason}) => {
      if (socket !== this.socket) {
        return;
      }
      if (opened > 0) {
        if (this.by.now() - opened >= SETTLED) {
          this.failures = 0;
        }
        this.follow(afterClose(code, reason));
        return;
      }
      const refusal = await this.ask(wish);
      // The user may have changed the wish meanwhile.
      if (socket === this.socket) {
        this.follow(afterRefusal(refusal), faultyParameter(refusal?.error?.detail));
      }
    };
  }

  /** The same by plain HTTP, which is answered with the reason. */
  async ask(wish) {
    try {
      const answer = await this.by.fetch(new URL(wish.path, this.by.base).href, {
        headers: wish.token ? {Authorization: `Bearer ${wish.token}`} : {},
        cache: 'no-store',
        credentials: 'same-origin',
      });
      const error = await answer.json().catch(() => null);
      const notReady = error?.error_code === NOT_WEBSOCKET ? await this.askReadiness() : null;
      return {status: answer.status, error, retryAfter: answer.headers.get('Retry-After'), notReady};
    } catch {
      return null;
    }
  }

  /** What the node lacks, in its own words; null if it is ready or does not say. */
  async askReadiness() {
    try {
      const answer = await this.by.fetch(new URL('readyz', this.by.base).href, {cache: 'no-store'});
      return answer.status === 503 ? ((await answer.json()).detail ?? '') : null;
    } catch {
      return null;
    }
  }

  /** @param {import('./reconnect.js').Decision} decision */
  follow({action, title, hint, atLeast}, parameter = null) {
    this.socket = null;
    if (action === 'reconnect') {
      const wait = pause(this.failures++, this.by.random(), atLeast);
      this.timer = this.by.setTimeout(() => this.connect(), wait);
      this.onState({name: 'waiting', title, hint, until: this.by.now() + wait});
    } else {
      this.onState({name: action === 'stop' ? 'stopped' : 'token', title, hint, parameter});
    }
  }
}
