import assert from 'node:assert/strict';
import {test} from 'node:test';
import {OperatorApi, fault} from '../../main/resources/luna/sender/console/operatorapi.js';
import {
  accountsPath, bytes, clientsPage, clientsPath, closeAccountPath, closeAccountWords, closePath, closeWords, closedText, nodeRows, nodeState, rate, seconds, sorted,
} from '../../main/resources/luna/sender/console/operatordata.js';

const answer = (status, body) => ({ok: status < 400, status, json: () => Promise.resolve(body)});

/** An API that gives these answers, and remembers the requests. */
function api(...answers) {
  const asked = [];
  const made = new OperatorApi((path, options) => {
    asked.push({path, options});
    const next = answers.shift();
    return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
  });
  return {made, asked};
}

test('tokenGoesIntoTheHeaderAndNeverIntoTheUrl', async () => {
  const {made, asked} = api(answer(200, {node: 'a'}), answer(200, {}));
  await made.send('GET', 'accounts');
  assert.deepEqual(asked[0].options.headers, {});
  made.token = 's3cret';
  assert.deepEqual(await made.send('GET', 'accounts'), {body: {}});
  assert.equal(asked[1].options.headers.Authorization, 'Bearer s3cret');
  assert.equal(asked[1].path, 'accounts');
  assert.equal(asked[1].options.cache, 'no-store');
});

test('eachErrorSaysWhatToDo', () => {
  assert.equal(fault(401, {detail: 'the token is not one of an operator'}).kind, 'token');
  assert.match(fault(401, {detail: 'the token is not one of an operator'}).text, /rejected the token: the token is not one/);
  assert.equal(fault(403, {error_code: 11060, detail: 'x'}).kind, 'scope');
  assert.match(fault(403, {error_code: 11060}).text, /lacks the scope “close”/);
  assert.equal(fault(403, {error_code: 12031, detail: 'Origin'}).kind, 'other');
  assert.equal(fault(404, {detail: 'Page not found'}).kind, 'off');
  assert.match(fault(404, {}).text, /LUNA_SENDER_ADMIN\.TOKENS_FILE/);
  assert.deepEqual(fault(404, {detail: 'Connection a-1 not found on this node'}), {kind: 'gone', text: 'Connection a-1 not found on this node.'});
  assert.match(fault(400, {detail: 'account_id: 7 (expected: a UUID)'}).text, /400: account_id: 7/);
  assert.match(fault(503, {desc: 'busy'}).text, /503: busy/);
  assert.match(fault(502, {}).text, /502: no reason given/);
});

test('nodeThatCannotBeReachedOrIsLateIsAFault', async () => {
  const {made} = api(new TypeError('failed'), new DOMException('late', 'TimeoutError'), {ok: false, status: 502, json: () => Promise.reject(new SyntaxError('html'))});
  assert.deepEqual((await made.send('GET', 'accounts')).fault, {kind: 'away', text: 'The node cannot be reached.'});
  assert.deepEqual((await made.send('GET', 'accounts')).fault, {kind: 'away', text: 'The node has not answered within 10 s.'});
  assert.equal((await made.send('GET', 'accounts')).fault.kind, 'other');
});

test('tokenThatNoHeaderCanHaveIsAskedForAgain', async () => {
  const {made} = api(new TypeError('header'));
  made.token = 'two words';
  assert.equal((await made.send('GET', 'accounts')).fault.kind, 'token');
});

test('pathsHaveOnlyTheConditionsThatAreSet', () => {
  const filter = {account_id: '', address: '::1', slow: 'latest', queued_bytes__gte: '', dropped__gte: '1'};
  assert.equal(clientsPath({cluster: false, filter, page: 0, after: ''}), 'connections?address=%3A%3A1&slow=latest&dropped__gte=1&limit=50');
  assert.equal(clientsPath({cluster: false, filter: {}, page: 3, after: 'a-7'}), 'connections?limit=50&after=a-7');
  assert.equal(clientsPath({cluster: true, filter: {}, page: 2, after: 'a-7'}), 'connections?limit=150&cluster=1&wait=2');
  assert.equal(clientsPath({cluster: true, filter: {}, page: 40, after: ''}), 'connections?limit=1000&cluster=1&wait=2');
  assert.equal(accountsPath(false), 'accounts?limit=1000');
  assert.equal(accountsPath(true), 'accounts?limit=1000&cluster=1&wait=2');
  assert.equal(closePath('a-1', false), 'connections/a-1');
  assert.equal(closePath('a-1', true), 'connections/a-1?cluster=1&wait=2');
  assert.equal(closeAccountPath('id', true), 'accounts/id/connections?cluster=1&wait=2');
});

const numbered = (from, to) => Array.from({length: to - from}, (_, i) => ({id: `a-${from + i}`}));

test('pageOfOneNodeIsTheAnswerAndOneOfAllNodesItsEnd', () => {
  const one = clientsPage({cluster: false, filter: {}, page: 1, after: 'a-50'}, {connections: numbered(50, 100), next: 'a-99'});
  assert.equal(one.rows.length, 50);
  assert.equal(one.next, true);
  assert.equal(clientsPage({cluster: false, filter: {}, page: 0, after: ''}, {connections: []}).next, false);
  const all = clientsPage({cluster: true, filter: {}, page: 1, after: ''}, {connections: numbered(0, 100), more: true});
  assert.deepEqual([all.rows[0].id, all.rows.length, all.next, all.hint], ['a-50', 50, true, '']);
  const last = clientsPage({cluster: true, filter: {}, page: 1, after: ''}, {connections: numbered(0, 60), more: false});
  assert.deepEqual([last.rows.length, last.next, last.hint], [10, false, '']);
});

test('limitOfTheApiIsExplained', () => {
  const most = clientsPage({cluster: true, filter: {}, page: 19, after: ''}, {connections: numbered(0, 1000), more: true});
  assert.equal(most.next, false);
  assert.match(most.hint, /Narrow the list/);
  const cut = clientsPage({cluster: true, filter: {}, page: 1, after: ''}, {connections: numbered(0, 70), more: true});
  assert.equal(cut.next, false);
  assert.match(cut.hint, /Narrow the list/);
});

test('accountsAreSortedByAnyFieldAndThenById', () => {
  const accounts = [{account_id: 'b', dropped: 2}, {account_id: 'c'}, {account_id: 'a', dropped: 2}];
  const ids = list => list.map(({account_id}) => account_id).join('');
  assert.equal(ids(sorted(accounts, 'dropped', true)), 'abc');
  assert.equal(ids(sorted(accounts, 'dropped', false)), 'cab');
  assert.equal(ids(sorted(accounts, 'account_id', false)), 'abc');
  assert.equal(ids(sorted(accounts, 'account_id', true)), 'cba');
  assert.equal(ids(accounts), 'bca');
});

test('nodeThatIsMissingInOneOfTheAnswersHasNotAnswered', () => {
  const nodes = answered => [{node: 'a', host: 'one', answered: true}, {node: 'b', host: '', answered}];
  const rows = nodeRows([{node: 'a', nodes: nodes(true)}, {node: 'a', nodes: nodes(false)}], '1.2.3', 'here:5080');
  assert.deepEqual(rows, [
    {node: 'a', host: 'one', version: '1.2.3', address: 'here:5080', answered: true},
    {node: 'b', host: '–', version: '–', address: '–', answered: false},
  ]);
  assert.equal(nodeState(rows[0]), 'Answered');
  assert.equal(nodeState(rows[1]), 'Did not answer within 2 s');
  assert.deepEqual(nodeRows([{node: 'a'}], '1.2.3', 'here:5080').map(({node, answered}) => [node, answered]), [['a', true]]);
});

test('figuresHaveUnits', () => {
  assert.deepEqual([0, 999, 1500, 123456, 2.5e6, 3e9].map(bytes), ['0 B', '999 B', '1.5 kB', '123 kB', '2.5 MB', '3.0 GB']);
  assert.deepEqual([0, 0.012, 1.26, 1234].map(seconds), ['0', '12 ms', '1.3 s', '1,234 s']);
  assert.deepEqual([undefined, 0, 12.34, 1234.5].map(rate), ['–', '0.0', '12.3', '1,235']);
});

test('confirmationNamesWhatIsClosedAndTheCode', () => {
  const client = {id: 'a-1', address: '10.0.0.7', account_id: 'acc', queued_events: 1};
  assert.match(closeWords(client).join(' '), /10\.0\.0\.7 \(account acc\) gets what is queued for it, 1 event,.*4403/);
  assert.match(closeWords({...client, address: ''}).join(' '), /unknown address/);
  assert.match(closeAccountWords({account_id: 'acc', connections: 1200}, true).join(' '), /acc on all nodes, 1,200 .*4403/);
  assert.match(closeAccountWords({account_id: 'acc', connections: 2}, false).join(' '), /on this node/);
});

test('resultNamesTheNodesThatHaveNotAnswered', () => {
  assert.equal(closedText({closed: 1}), '1 connection closed.');
  const nodes = [{node: 'a', host: 'one', answered: true}, {node: 'b', host: 'two', answered: false}, {node: 'c', host: '', answered: false}];
  assert.equal(closedText({closed: 2, nodes}), '2 connections closed. No answer of two, c within 2 s: clients there may still be connected.');
});
