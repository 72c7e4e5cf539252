// Prints each event as one line of JSON, until it is stopped.  npm install ws  (version 8)
// node client.js gender=1 'cities=Washington, D.C.' cities=München      (repeated name: or this value)
const fs = require('fs');
const WebSocket = require('ws');

const URL = process.env.LUNA_URL ?? 'ws://127.0.0.1:5080/2/ws';
const ACCOUNT = process.env.LUNA_ACCOUNT ?? '8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a';
const TOKEN_FILE = process.env.LUNA_TOKEN_FILE; // if the service requires tokens
const RESUME = process.env.LUNA_RESUME === '1'; // if the service keeps a history: continue after the last event

const FINAL_CODES = new Set([1002, 1003, 1007, 1008, 1009, 4403]); // do not reconnect: a bug of this client, or an operator has closed it
const TRY_AGAIN = new Set([429, 500, 502, 503, 504]); // from the service, or from a proxy in front of it
const SILENCE = 50_000; // ms; the service pings every 20 s

let lastEventId;

function handle(message) {
  lastEventId = message.event.event_id ?? lastEventId;
  // Return quickly: a client that reads slower than events arrive is closed with 4008.
  console.log(JSON.stringify(message));
}

function handleGap(gap) {
  // Events of this time may be missing: fetch them from the platform's own store.
  console.error('gap', gap.cause, 'from', gap.from, 'to', gap.to);
}

function address(filters) {
  // A plain comma separates values, so a comma inside a value is %2C. URLSearchParams encodes every comma as %2C.
  const values = {};
  for (const [, name, value] of filters.map((filter) => filter.match(/^([^=]*)=(.*)$/))) {
    (values[name] ??= []).push(encodeURIComponent(value));
  }
  return URL + '?gaps=1' + Object.entries(values).map(([name, list]) => `&${name}=${list.join(',')}`).join('');
}

// A new token: request it from your issuer here.
const fetchToken = () => (TOKEN_FILE ? fs.readFileSync(TOKEN_FILE, 'utf8').trim() : undefined);

function stop(why) {
  console.error(why);
  process.exit(1);
}

const url = address(process.argv.slice(2));
let failures = 0;

function connect() {
  const token = fetchToken();
  const start = Date.now();
  const resume = RESUME && lastEventId ? `&after=${encodeURIComponent(lastEventId)}` : '';
  const socket = new WebSocket(url + resume, {
    // Needed for each connection.
    headers: { 'Luna-Account-Id': ACCOUNT, ...(token && { Authorization: `Bearer ${token}` }) },
    perMessageDeflate: false,
    maxPayload: 2 ** 21, // bytes; a message can have slightly more than 1 MiB
    handshakeTimeout: 10_000,
  });
  let watchdog;
  let ended = false;

  // A peer that disappeared sends no close: without this, the client would wait forever.
  const alive = () => {
    clearTimeout(watchdog);
    watchdog = setTimeout(() => socket.terminate(), SILENCE);
  };

  const again = (atLeast) => {
    clearTimeout(watchdog);
    if (ended) return;
    ended = true;
    failures = Date.now() - start > 10_000 ? 0 : Math.min(failures + 1, 10);
    // Full jitter: clients that lost the same node do not reconnect at the same time.
    setTimeout(connect, Math.max(atLeast, Math.random() * Math.min(10_000, 250 * 2 ** failures)));
  };

  socket.on('upgrade', (response) => {
    const ignored = response.headers['luna-ignored-parameters'];
    if (ignored) console.error('no such filter, so it filters nothing:', ignored);
  });
  socket.on('open', alive);
  socket.on('ping', alive); // ws answers it automatically
  socket.on('message', (data) => {
    alive();
    const message = JSON.parse(data.toString());
    if (message.gap) handleGap(message.gap);
    else if (message.interruption) console.error('interrupted:', message.interruption.cause); // a gap or "healed" follows
    else if (message.event) handle(message);
  });
  socket.on('unexpected-response', (request, response) => {
    let body = '';
    response.on('data', (part) => (body += part));
    response.on('close', () => {
      const why = `refused with ${response.statusCode}: ${body}`;
      const renewed = response.statusCode === 401 && fetchToken() !== token;
      if (!TRY_AGAIN.has(response.statusCode) && !renewed) stop(why);
      console.error(why);
      again(Number.parseInt(response.headers['retry-after'] ?? '0', 10) * 1000 || 0);
    });
  });
  socket.on('error', (error) => console.error('connection:', error.message)); // 'close' follows
  socket.on('close', (code) => {
    if (FINAL_CODES.has(code)) stop(`closed with ${code}: do not reconnect`);
    console.error('closed with', code, code === 4008 ? '(read faster, or ask for less)' : '');
    again(0);
  });
}

connect();
