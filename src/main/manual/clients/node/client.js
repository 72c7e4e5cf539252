// Prints each event as it happens, for ever.  npm install ws  (version 8)
const WebSocket = require('ws');

const URL = process.env.LUNA_URL ?? 'ws://127.0.0.1:5080/2/ws?gender=1';
const ACCOUNT = process.env.LUNA_ACCOUNT ?? '8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a';

const MEND_ME = new Set([1002, 1003, 1007, 1008, 1009]); // to connect again would end the same way
const TRY_AGAIN = new Set([429, 500, 502, 503, 504]); // of the service, or of a proxy before it
const SILENCE = 50_000; // ms; the service pings every 20 s

let failures = 0;

function handle(message) {
  console.log(message['event-create-time'], message.event.source, message.event.event_id);
}

function connect() {
  const socket = new WebSocket(URL, {
    headers: { 'Luna-Account-Id': ACCOUNT }, // a new connection needs it again
    perMessageDeflate: false, // the service offers none
    maxPayload: 2 ** 21, // bytes; one message may have 1 MiB
    handshakeTimeout: 10_000,
  });
  let opened = 0;
  let watchdog;

  // A peer that vanished sends no close: without this, the client would wait for ever.
  const alive = () => {
    clearTimeout(watchdog);
    watchdog = setTimeout(() => socket.terminate(), SILENCE);
  };

  socket.on('upgrade', (response) => {
    const ignored = response.headers['luna-ignored-parameters'];
    if (ignored) console.error('not a filter, check the spelling:', ignored);
  });
  socket.on('open', () => {
    opened = Date.now();
    alive();
  });
  socket.on('ping', alive); // ws answers it by itself
  socket.on('message', (data) => {
    alive();
    handle(JSON.parse(data.toString()));
  });
  socket.on('unexpected-response', (request, response) => {
    let body = '';
    response.on('data', (part) => (body += part));
    response.on('end', () => {
      console.error('refused with', response.statusCode, body);
      if (!TRY_AGAIN.has(response.statusCode)) process.exit(1);
      const wait = response.headers['retry-after'];
      again(/^\d+$/.test(wait ?? '') ? Number(wait) * 1000 : 0);
    });
  });
  socket.on('error', (error) => console.error('connection:', error.message)); // 'close' follows
  socket.on('close', (code, reason) => {
    clearTimeout(watchdog);
    console.error('closed with', code, reason.toString());
    if (MEND_ME.has(code)) process.exit(1);
    if (opened && Date.now() - opened > 10_000) failures = 0; // it was a good connection
    again(0);
  });
}

// Jitter over the whole range: clients that lost the same node come back spread out.
function again(atLeast) {
  const pause = 100 + Math.random() * Math.min(10_000, 500 * 2 ** failures);
  failures = Math.min(failures + 1, 10);
  setTimeout(connect, Math.max(atLeast, pause));
}

connect();
