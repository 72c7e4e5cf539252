// Receives events until it is stopped; in browsers, and in Node.js 22 or later.

const FINAL_CODES = new Set([1002, 1003, 1007, 1008, 1009, 4403]); // do not reconnect: a bug of this client, or an operator has closed it

/**
 * url: where /2/ws is, http(s) or ws(s); in a browser it may be relative to the page
 * filters: {gender: 1, cities: ['Washington, D.C.', 'München']}
 * account: omit it if a gateway sets it, or if the token grants access to only one
 * resume: true if the service keeps a history: after a lost connection, continues after the last event
 * fetchToken: returns a token, or a promise of one; omit it if none is required
 * onEvent, onGap, onInterruption: receive the message. Return quickly: a client that reads slower than events arrive is closed with 4008
 * onStop: receives a text if reconnecting would fail in the same way
 */
export function listen({ url, filters = {}, account, resume = false, fetchToken = () => undefined, onEvent, onGap, onInterruption, onStop }) {
  const address = new URL(url, globalThis.location?.href);
  address.protocol = address.protocol.replace('http', 'ws');
  address.search = query({ gaps: 1, ...filters, ...(account && { account_id: account }) });
  const first = address.search;
  let lastEventId;
  let failures = 0;

  async function connect() {
    const start = Date.now();
    address.search = first + (resume && lastEventId ? `&after=${encodeURIComponent(lastEventId)}` : '');
    let token;
    try {
      token = await fetchToken();
    } catch (failure) {
      return again(0, failure);
    }
    // A browser cannot set headers. The service selects the first of these two, never the token.
    const socket = new WebSocket(address, token ? ['luna.sender.v2', `luna.bearer.${token}`] : []);
    let opened = false;
    let ended = false;
    socket.onopen = () => (opened = true); // the browser answers pings
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.gap) onGap?.(message.gap);
      else if (message.interruption) onInterruption?.(message.interruption); // a gap or "healed" follows at its end
      else if (message.event) {
        lastEventId = message.event.event_id ?? lastEventId;
        onEvent(message);
      }
    };
    socket.onclose = ({ code }) => end(code);
    socket.onerror = () => opened || end(1006); // onclose may not follow in Node.js

    async function end(code) {
      if (ended) return;
      ended = true;
      if (FINAL_CODES.has(code)) return onStop?.(`closed with ${code}: do not reconnect`);
      const refused = opened ? undefined : await refusal(token);
      const renewed = refused?.status === 401 && (await newToken(token));
      if (refused && !refused.tryAgain && !renewed) return onStop?.(refused.text);
      if (Date.now() - start > 10_000) failures = 0;
      again(refused?.retryAfter ?? 0, refused?.text ?? `closed with ${code}${code === 4008 ? ' (read faster, or ask for less)' : ''}`);
    }
  }

  function again(atLeast, why) {
    console.warn('events:', why);
    failures = Math.min(failures + 1, 10);
    // Full jitter: clients that lost the same node do not reconnect at the same time.
    setTimeout(connect, Math.max(atLeast, Math.random() * Math.min(10_000, 250 * 2 ** failures)));
  }

  // Why a handshake was rejected: the WebSocket reports only 1006, but a plain GET runs the same checks.
  async function refusal(token) {
    try {
      const response = await fetch(address.href.replace('ws', 'http'), {
        headers: token ? { Authorization: `Bearer ${token}` } : {},
      });
      const text = await response.text();
      if (/"error_code": ?12046\b/.test(text)) return undefined; // everything is valid except that this was not a WebSocket
      return {
        status: response.status,
        text: `refused with ${response.status}: ${text}`,
        retryAfter: Number.parseInt(response.headers.get('Retry-After') ?? '0', 10) * 1000 || 0,
        tryAgain: [429, 500, 502, 503, 504].includes(response.status),
      };
    } catch {
      return undefined; // no response
    }
  }

  const newToken = async (old) => (await Promise.resolve().then(fetchToken).catch(() => old)) !== old;

  connect();
}

// A plain comma separates values, so a comma inside a value is %2C. URLSearchParams encodes every comma as %2C.
export function query(filters) {
  return Object.entries(filters)
    .map(([name, values]) => `${name}=${[values].flat().map(encodeURIComponent).join(',')}`)
    .join('&');
}
