import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Connection} from '../../main/resources/luna/sender/console/connection.js';

const settle = () => new Promise(resolve => setImmediate(resolve));

/** A world in which nothing happens by itself. */
function world(answer = () => Promise.reject(new Error('down'))) {
  const at = {sockets: [], timers: [], states: [], frames: [], asked: [], time: 1000};
  class Socket {
    constructor(url, protocols) {
      if (protocols.some(protocol => protocol.includes(' '))) {
        throw new SyntaxError('protocol');
      }
      Object.assign(this, {url, protocols, closedWith: null});
      at.sockets.push(this);
    }
    close(code) {
      this.closedWith = code;
    }
  }
  at.connection = new Connection(
    {
      WebSocket: Socket,
      fetch: (url, options) => (at.asked.push({url, options}), answer()),
      setTimeout: (action, wait) => at.timers.push({action, wait}),
      clearTimeout: () => {},
      now: () => at.time,
      random: () => 0.5,
      base: 'https://sender.example/luna/',
    },
    state => at.states.push(state),
    frame => at.frames.push(frame));
  at.last = () => at.sockets.at(-1);
  at.state = () => at.states.at(-1);
  return at;
}

const refusal = (status, body, headers = {}) => () =>
  Promise.resolve({status, json: () => Promise.resolve(body), headers: {get: name => headers[name] ?? null}});

test('tokenGoesIntoTheSubprotocolAndNeverIntoTheUrl', () => {
  const at = world();
  at.connection.open({path: '2/ws?gender=1', token: 's3cret'});
  assert.equal(at.last().url, 'wss://sender.example/luna/2/ws?gender=1');
  assert.deepEqual(at.last().protocols, ['luna.sender.v2', 'luna.bearer.s3cret']);
  at.connection.open({path: '2/ws?gender=1', token: ''});
  assert.deepEqual(at.last().protocols, []);
});

test('malformedTokenIsRequestedAgain', () => {
  const at = world();
  at.connection.open({path: '2/ws', token: 'two words'});
  assert.equal(at.state().name, 'token');
});

test('lostConnectionIsReconnectedAfterAPause', () => {
  const at = world();
  at.connection.open({path: '2/ws', token: ''});
  at.last().onopen();
  assert.equal(at.state().name, 'live');
  at.last().onclose({code: 1006, reason: ''});
  assert.equal(at.state().name, 'waiting');
  assert.equal(at.state().until, 1000 + 250);
  at.timers.at(-1).action();
  assert.equal(at.sockets.length, 2);
});

test('pausesGrowUntilAConnectionHasLasted', () => {
  const at = world();
  at.connection.open({path: '2/ws', token: ''});
  for (const wait of [250, 500, 1000]) {
    at.last().onopen();
    at.last().onclose({code: 1001, reason: ''});
    assert.equal(at.timers.at(-1).wait, wait);
    at.timers.at(-1).action();
  }
  at.last().onopen();
  at.time += 10_000;
  at.last().onclose({code: 1001, reason: ''});
  assert.equal(at.timers.at(-1).wait, 250);
});

test('stopCodesEndReconnecting', () => {
  const at = world();
  at.connection.open({path: '2/ws', token: ''});
  at.last().onopen();
  at.last().onclose({code: 1008, reason: ''});
  assert.equal(at.state().name, 'stopped');
  assert.equal(at.timers.length, 0);
});

test('expiredTokenRequestsANewOne', () => {
  const at = world();
  at.connection.open({path: '2/ws', token: 'old'});
  at.last().onopen();
  at.last().onclose({code: 4401, reason: 'token expired'});
  assert.equal(at.state().name, 'token');
});

test('refusedHandshakeIsExplainedByAPlainRequestWithTheToken', async () => {
  const detail = 'Bad query parameters: age__gte: -3 (expected: an integer of 0 or more)';
  const at = world(refusal(400, {error_code: 12012, detail}));
  at.connection.open({path: '2/ws?age__gte=-3', token: 'abc'});
  at.last().onclose({code: 1006, reason: ''});
  await settle();
  await settle();
  assert.equal(at.asked[0].url, 'https://sender.example/luna/2/ws?age__gte=-3');
  assert.equal(at.asked[0].options.headers.Authorization, 'Bearer abc');
  assert.deepEqual([at.state().name, at.state().hint, at.state().parameter], ['stopped', detail, 'age__gte']);
});

test('retryAfterOfABusyNodeIsRespected', async () => {
  const at = world(refusal(503, {error_code: 1, detail: 'away'}, {'Retry-After': '4'}));
  at.connection.open({path: '2/ws', token: ''});
  at.last().onclose({code: 1006, reason: ''});
  await settle();
  await settle();
  assert.equal(at.timers.at(-1).wait, 4250);
});

test('replacedConnectionIsIgnored', async () => {
  const at = world();
  at.connection.open({path: '2/ws?gender=1', token: ''});
  const old = at.last();
  at.connection.open({path: '2/ws?gender=0', token: ''});
  assert.equal(old.closedWith, 1000);
  const states = at.states.length;
  old.onopen();
  old.onmessage({data: '{}'});
  await old.onclose({code: 1006, reason: ''});
  assert.deepEqual([at.states.length, at.frames.length, at.asked.length], [states, 0, 0]);
});

test('redisOutageIsNotReportedAsAProxyFault', async () => {
  const notUpgrade = {error_code: 12046, detail: 'Upgrade: none (expected: websocket)'};
  for (const [status, body, title] of [
    [503, {error_code: 38001, detail: 'redis: 0 of 1 bridges ready'}, 'Redis is unreachable'],
    [503, {error_code: 38001, detail: 'node: going away'}, 'The node is not ready'],
    [200, {ready: true}, 'The WebSocket could not be opened'],
    [404, {}, 'The WebSocket could not be opened'],
  ]) {
    const answers = [refusal(400, notUpgrade)(), refusal(status, body)()];
    const at = world(() => answers.shift());
    at.connection.open({path: '2/ws', token: 's3cret'});
    at.last().onclose({code: 1006, reason: ''});
    await settle();
    await settle();
    assert.equal(at.asked[1].url, 'https://sender.example/luna/readyz');
    assert.equal(at.asked[1].options.headers, undefined);
    assert.deepEqual([at.state().name, at.state().title], ['waiting', title]);
  }
});

test('anotherFilterGoesOnAtThePositionOfTheOneBefore', () => {
  const at = world();
  at.connection.open({path: '2/ws?account_id=a', token: '', history: true, account: 'a'});
  at.last().onopen();
  at.last().onmessage({data: '{"event":{},"position":"e-1-2-0"}'});
  at.connection.open({path: '2/ws?account_id=a&gender=1', token: '', history: true, account: 'a'});
  assert.match(at.last().url, /gender=1&positions=1&after=e-1-2-0$/);
  at.connection.open({path: '2/ws?account_id=b', token: '', history: true, account: 'b'});
  assert.match(at.last().url, /account_id=b&positions=1&last=50$/);
});
