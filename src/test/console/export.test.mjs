import assert from 'node:assert/strict';
import {test} from 'node:test';
import {csv, jsonLines} from '../../main/resources/luna/sender/console/export.js';

const value = text => ({param: 'p', name: '', value: text, code: text});

test('eachEventIsOneLineOfJson', () => {
  const rows = [{frame: '{"event":{"a":1}}'}, {frame: '{\n  "event": {}\n}'}];
  assert.deepEqual(jsonLines(rows).trimEnd().split('\n').map(JSON.parse), [{event: {a: 1}}, {event: {}}]);
  assert.equal(jsonLines([]), '');
});

test('cardsAreCsvThatNoSpreadsheetExecutes', () => {
  const summary = {
    id: 'one',
    time: '2026-11-24T10:00:00Z',
    source: value('=cmd()'),
    place: [value('Moscow')],
    match: {label: 'a "b", c', similarity: 0.5},
    age: null,
    traits: [{...value('real'), name: 'liveness'}],
    tags: [value('x'), value('y')],
  };
  assert.equal(csv([{summary}]), 'time,event_id,source,label,similarity,age,values,tags\r\n'
    + '2026-11-24T10:00:00Z,one,\'=cmd(),"a ""b"", c",0.5,,Moscow; liveness real,x; y\r\n');
});
