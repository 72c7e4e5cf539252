import assert from 'node:assert/strict';
import {test} from 'node:test';
import {clock, kind, lag, summary, words, zone} from '../../main/resources/luna/sender/console/event.js';

const control = (id, kind, field, names = [], first = 0) => ({
  id, kind, field, noun: id, group: field.includes('.location.') || field === 'event.source' ? 'Place' : 'Event', params: [id], options: names.map((name, i) => ({code: String(first + i), name})),
});
const CONTROLS = [
  control('gender', 'one', 'event.face_attributes.basic_attributes.gender', ['female', 'male']),
  control('masks', 'many', 'event.aggregate_estimations.face.attributes.mask.predominant_mask', ['missing', 'medical mask', 'occluded'], 1),
  control('liveness', 'many', 'event.aggregate_estimations.face.attributes.liveness.prediction', ['spoof', 'real', 'unknown']),
  control('sources', 'texts', 'event.source'),
  control('tags', 'texts', 'event.tags[]'),
  control('cities', 'texts', 'event.location.city'),
  control('streets', 'texts', 'event.location.street'),
];
const FRAME = {
  event: {
    event_id: 'one',
    source: 'cam1',
    tags: ['vip', 7, ''],
    location: {city: 'Moscow', street: 'arbat'},
    matches: [
      {label: 'staff', candidates: [{similarity: 0.4}]},
      {label: 'banned', candidates: [{similarity: 0.9}, {similarity: 0.2}]},
    ],
    face_attributes: {basic_attributes: {age: 35, gender: 1}},
    aggregate_estimations: {face: {attributes: {mask: {predominant_mask: 'medical_mask'}, liveness: {prediction: 0}}}},
  },
  'event-create-time': '2026-11-24T10:00:00.000000+03:00',
};

test('summaryHasTheFieldsOfTheEvent', () => {
  const card = summary(FRAME, CONTROLS);
  assert.deepEqual(card.match, {label: 'banned', similarity: 0.9});
  assert.deepEqual(card.source, {param: 'sources', name: '', value: 'cam1', code: 'cam1'});
  assert.deepEqual(card.place.map(({value}) => value), ['Moscow', 'arbat']);
  assert.deepEqual(card.traits, [
    {param: 'gender', name: '', value: 'male', code: '1'},
    {param: 'masks', name: 'masks', value: 'medical mask', code: '2'},
    {param: 'liveness', name: 'liveness', value: 'spoof', code: '0'},
  ]);
  assert.deepEqual(card.tags.map(({value}) => value), ['vip']);
  assert.deepEqual([card.id, card.age], ['one', 35]);
});

test('valuesOfOwnFiltersAreShownWithTheirNames', () => {
  const order = {event: {status: 'paid', lines: [{article: 'a1'}, {article: 'b2'}, {}], customer: 7}};
  const card = summary(order, [
    control('statuses', 'texts', 'event.status'),
    control('articles', 'texts', 'event.lines[].article'),
    {...control('customers', 'texts', 'event.customer_id'), pattern: '^x$'},
    control('total', 'range', 'event.total'),
  ]);
  assert.deepEqual(card.traits.map(({name, value}) => [name, value]), [['statuses', 'paid'], ['articles', 'a1'], ['articles', 'b2']]);
});

test('missingAndMistypedFieldsAreTolerated', () => {
  const odd = [null, 7, 'text', [], {}, {event: null}, {event: 7}, {event: {matches: 7, tags: {}, location: 'here'}},
    {event: {matches: [null, {candidates: [null, {similarity: 'high'}]}], source: {}, face_attributes: []}}];
  for (const frame of odd) {
    const card = summary(frame, CONTROLS);
    assert.deepEqual([card.source, card.match, card.age, card.place, card.tags], [null, null, null, [], []]);
    assert.deepEqual(card.traits, []);
  }
});

test('lagUsesTheTimesAfterTheEventNotInsideOfIt', () => {
  const frame = '{"event":{"event-end-time":"1999-01-01T00:00:00Z"},"handler_id":null,'
    + '"event-create-time":"2026-11-24T10:00:00Z","event-end-time":"2026-11-24T10:00:01.250000Z","Luna-Request-id":"x"}';
  assert.equal(lag(frame, Date.parse('2026-11-24T10:00:01.300Z')), 50);
  assert.equal(lag('{"event":{},"event-create-time":"2026-11-24T10:00:00Z"}', Date.parse('2026-11-24T10:00:02Z')), 2000);
  assert.equal(lag('{"event":{}}', 0), null);
  assert.equal(lag('{"event":{},"event-create-time":"yesterday"}', 0), null);
});

test('invalidTimeIsShownUnchanged', () => {
  assert.equal(clock('yesterday'), 'yesterday');
  const time = '2026-11-24T10:00:00.123456+03:00';
  assert.match(clock(time, new Date(time)), /^\d\d:00:00\.123$/);
  assert.match(clock(time, new Date('2026-11-26T10:00:00Z')), /^2026-11-24 \d\d:00:00\.123$/);
});

test('kindOfAMessageIsDeterminedByItsFirstKey', () => {
  assert.equal(kind('{"event":{"gap":1}}'), 'event');
  assert.equal(kind(' { "gap": {}}'), 'gap');
  assert.equal(kind('{"interruption":{}}'), 'interruption');
  assert.equal(kind('{"stats":{}}'), 'stats');
  assert.equal(kind('{"later":{}}'), 'other');
});

test('searchFindsValuesAndNeitherNamesNorMeasurements', () => {
  const text = words({event: {Source: 'Lobby', detections: [{filename: 'x.jpeg'}], estimations: {anger: 0.5}}});
  assert.equal(text, 'lobby');
});

test('searchFindsWhatTheCardShows', () => {
  const text = words(FRAME, summary(FRAME, CONTROLS));
  for (const shown of ['male', 'medical mask', 'spoof', 'moscow', 'vip', 'banned']) {
    assert.ok(text.includes(shown), shown);
  }
});

test('zoneHasItsOffset', () => {
  assert.match(zone(), /UTC[+-]\d+(:\d\d)?/);
});
