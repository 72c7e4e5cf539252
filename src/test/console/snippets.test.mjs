import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {test} from 'node:test';
import {FORMS, java, javascript, python, shell} from '../../main/resources/luna/sender/console/snippets.js';
import {parse} from '../../main/resources/luna/sender/console/query.js';

const ODD = ["O'Neill", 'say "hi"', '$HOME', '`id`', 'a b', 'C:\\new\\table', 'São Paulo', 'гость', '🌙', 'a,b', '!!', '</script>', 'x\u2028y', '-n', '{0}%s'];
const FILTER = new Map([['cities', ODD], ['gender', ['1']], ['age__gte', ['18']]]);
const make = (id, more = {}) =>
  FORMS.find(form => form.id === id).make({
    origin: 'https://sender.example', account: '8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a', filter: FILTER, token: false, ...more,
  });

test('shellLiteralSurvivesARoundTrip', {skip: process.platform === 'win32'}, () => {
  for (const value of [...ODD, '', 'two\nlines']) {
    assert.equal(execFileSync('sh', ['-c', `printf %s ${shell(value)}`], {encoding: 'utf8'}), value);
  }
});

test('javascriptLiteralSurvivesARoundTrip', () => {
  for (const value of [...ODD, 'two\nlines']) {
    assert.equal(Function(`return ${javascript(value)}`)(), value);
    assert.ok(!javascript(value).includes('</'));
  }
});

test('pythonLiteralHasNoUnescapedSpecialCharacters', () => {
  for (const value of ODD) {
    assert.equal(JSON.parse(python(value)), value);
  }
  assert.equal(python('\u0085'), '"\\u0085"');
});

test('javaLiteralIsAsciiAndSurvivesARoundTrip', () => {
  for (const value of ODD) {
    assert.match(java(value), /^[\x20-\x7e]*$/);
    assert.equal(JSON.parse(java(value)), value);
  }
});

test('everySnippetExceptTheLibraryHasTheFilterInItsUrl', () => {
  for (const {id} of FORMS.filter(form => form.id !== 'luna3')) {
    const query = /\/2\/ws\?([^'"\s]+)/.exec(make(id))[1];
    const page = parse(query, ['cities', 'gender', 'age__gte']);
    assert.deepEqual(page.filter, FILTER, id);
    assert.ok(make(id).includes('8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a'), id);
  }
});

test('accountIsQuotedForTheShell', () => {
  for (const id of ['tail', 'wscat', 'curl']) {
    const program = make(id, {account: "$(id)'; id #", filter: new Map()});
    assert.ok(!program.replaceAll(/'[^']*'|\\'/g, '').includes('id'), id);
  }
  assert.match(make('tail', {account: ''}), /^luna-sender tail \\\n {4}-u '/);
});

test('schemeFollowsThePage', () => {
  assert.match(make('wscat'), /'wss:\/\/sender\.example\/2\/ws/);
  assert.match(make('tail'), /-u 'https:\/\/sender\.example\/2\/ws/);
  assert.match(make('go'), /"wss:\/\/sender\.example\/2\/ws/);
  assert.match(make('curl'), /'https:\/\/sender\.example\/2\/ws/);
  assert.match(make('luna3'), /origin="https:\/\/sender\.example"/);
});

test('snippetsReadTheTokenFromTheEnvironment', () => {
  for (const id of ['tail', 'wscat', 'curl', 'python', 'java', 'go']) {
    assert.match(make(id, {token: true}), /LUNA_TOKEN/, id);
    assert.doesNotMatch(make(id), /LUNA_TOKEN/, id);
  }
  assert.match(make('javascript', {token: true}), /luna\.bearer\.' \+ token/);
});

test('javascriptIsAProgram', () => {
  Function('WebSocket', make('javascript'));
});

test('libraryGetsDecodedValues', () => {
  const program = make('luna3', {filter: new Map([['gender', ['1']], ['cities', ['a,b', 'São Paulo']]])});
  assert.match(program, /connect\(\n {4}gender=1,\n {4}cities=\["a,b", "São Paulo"\],\n\)/);
});
