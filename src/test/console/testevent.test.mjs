import assert from 'node:assert/strict';
import {test} from 'node:test';
import {payloadOf, testMessage} from '../../main/resources/luna/sender/console/testevent.js';

const NOW = '2026-08-11T09:11:41.000Z';

test('eachValueIsAtThePathThatItsFilterReads', () => {
  const control = (id, kind, field) => ({id, kind, field});
  const message = testMessage([
    control('handler_ids', 'texts', 'handler_id'),
    control('sources', 'texts', 'event.source'),
    control('tags', 'texts', 'event.tags[]'),
    control('gender', 'one', 'event.face_attributes.basic_attributes.gender'),
    control('age', 'range', 'event.face_attributes.basic_attributes.age'),
    control('object_similarity', 'range', 'event.matches[].candidates[].similarity'),
    control('matching_candidates_labels', 'texts', 'event.matches[].label'),
    control('masks', 'many', 'event.mask'),
    control('empty', 'texts', 'event.location.city'),
  ], new Map([
    ['handler_ids', 'h'],
    ['sources', ' cam1, east '],
    ['tags', 'a, b'],
    ['gender', '0'],
    ['age', '42'],
    ['object_similarity', '0.9'],
    ['matching_candidates_labels', 'watch list'],
    ['masks', 'missing'],
    ['empty', ' '],
  ]), 'id');
  assert.deepEqual(message, {
    handler_id: 'h',
    event: {
      event_id: 'id',
      source: 'cam1, east',
      tags: ['a', 'b'],
      face_attributes: {basic_attributes: {gender: 0, age: 42}},
      matches: [{candidates: [{similarity: 0.9}], label: 'watch list'}],
      mask: 'missing',
    },
  });
});

test('payloadIsPublishedAsItIsWritten', () => {
  const text = '{"events": [{"event_id":"a","n":1.50},{"event_id":"b"},{}], "x": 12345678901234567890}';
  assert.deepEqual(payloadOf(text, NOW), {payload: text, ids: ['a', 'b']});
});

test('eventIsWrappedWithoutChangingIt', () => {
  const {payload, ids} = payloadOf(' {"event_id":"a","n":1.50} ', NOW);
  assert.equal(payload, `{"events":[{"event_id":"a","n":1.50}],"event_create_time":"${NOW}","event_end_time":"${NOW}"}`);
  assert.deepEqual(ids, ['a']);
});

test('messageBecomesThePayloadThatItCameFrom', () => {
  const message = '{"event": {"event_id":"a", "s":"x, } \\" ]", "n":[1.50,{"event":2}]}, "handler_id":"h", "event-create-time":"t1","event-end-time":null,"Luna-Request-id":"r"}';
  const {payload, ids} = payloadOf(message, NOW);
  assert.equal(payload, '{"handler_id":"h","Luna-Request-Id":"r","events":[{"event_id":"a","s":"x, } \\" ]","n":[1.50,{"event":2}]}],"event_create_time":"t1","event_end_time":null}');
  assert.deepEqual(ids, ['a']);
});

test('whatIsNoEventIsRejected', () => {
  assert.match(payloadOf('{', NOW).fault, /^This is not JSON: /);
  assert.equal(payloadOf('[]', NOW).fault, 'An event is a JSON object.');
  assert.equal(payloadOf('null', NOW).fault, 'An event is a JSON object.');
});
