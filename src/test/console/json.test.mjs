import assert from 'node:assert/strict';
import {test} from 'node:test';
import {explainBody, member, pasted, pretty} from '../../main/resources/luna/sender/console/json.js';

const text = json => pretty(json).map(token => token.text).join('');

test('prettyFormIsTheSameJsonAndKeepsEveryDigit', () => {
  const json = '{"a":0.14950343237164002,"big":12345678901234567890,"e":1e-7,"s":"x \\" , : {}","l":[],"o":{},"n":[null,true,[1]]}';
  assert.equal(text(json).replace(/\n\s*/g, '').replaceAll('": ', '":').replace('"x \\" , : {}"', ''), json.replace('"x \\" , : {}"', ''));
  assert.deepEqual(JSON.parse(text(json)), JSON.parse(json));
  assert.equal(text('{"a":[1,2],"b":{}}'), '{\n  "a": [\n    1,\n    2\n  ],\n  "b": {}\n}');
});

test('explainBodyContainsTheFrameByteForByte', () => {
  const frame = '{"event":{"similarity":0.10000000000000001},"handler_id":null}';
  const body = explainBody(frame, 'cities="a"');
  assert.ok(body.includes('"event":{"similarity":0.10000000000000001},"handler_id":null}'));
  assert.equal(JSON.parse(body).filter, 'cities="a"');
});

test('pastedEventsMessagesPayloadsAndIdsAreExplained', () => {
  const id = '8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a';
  const ask = paste => JSON.parse(pasted(paste, 'gender=1').body);
  assert.deepEqual(ask(` ${id}\n`), {filter: 'gender=1', event_id: id});
  assert.deepEqual(ask('{"source":"cam1"}'), {filter: 'gender=1', event: {source: 'cam1'}});
  assert.deepEqual(ask('{"event":{"a":1},"handler_id":"h"}'), {filter: 'gender=1', event: {a: 1}, handler_id: 'h'});
  assert.deepEqual(ask('{"handler_id":"h","events":[{"a":1},{}]}'), {filter: 'gender=1', event: {a: 1}, handler_id: 'h'});
});

test('pastedTextThatIsNoEventIsRejected', () => {
  for (const paste of ['', '{x', '7', '[]', 'null']) {
    assert.ok(pasted(paste, '').fault, paste);
  }
});

test('memberIsReturnedAsItIsWrittenAndTheLastOneCounts', () => {
  const json = '{"a":{"b":1},"b":[1.50,{"a":2}],"c":"}\\",","b":"last"}';
  assert.equal(member(json, 'a'), '{"b":1}');
  assert.equal(member(json, 'b'), '"last"');
  assert.equal(member(json, 'c'), '"}\\","');
  assert.equal(member(json, 'd'), null);
});
