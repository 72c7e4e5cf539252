import assert from 'node:assert/strict';
import test from 'node:test';
import {Resume} from '../../main/resources/luna/sender/console/resume.js';

const POSITION = '6a2b01c3f-17-1764432000123-0-2';

test('a service without history gets the path unchanged', () => {
  const resume = new Resume(false);
  assert.equal(resume.path('2/ws?gaps=1'), '2/ws?gaps=1');
  assert.equal(resume.received(`{"position":"${POSITION}"}`), `{"position":"${POSITION}"}`);
});

test('a new stream begins with the last events', () => {
  assert.equal(new Resume(true).path('2/ws?gaps=1'), '2/ws?gaps=1&positions=1&last=50');
  assert.equal(new Resume(true).path('2/ws'), '2/ws?positions=1&last=50');
});

test('the next connection continues after the last event', () => {
  const resume = new Resume(true);
  assert.equal(resume.received(`{"event":{},"position":"${POSITION}"}`), '{"event":{}}');
  assert.equal(resume.path('2/ws'), `2/ws?positions=1&after=${POSITION}`);
});

test('a heartbeat moves the position and is not shown', () => {
  const resume = new Resume(true);
  assert.equal(resume.received(`{"position":"${POSITION}"}`), null);
  assert.equal(resume.position, POSITION);
});

test('a position inside of an event is not the position of the event', () => {
  const resume = new Resume(true);
  const frame = '{"event":{"position":"a-1-2-3"},"handler_id":null}';
  assert.equal(resume.received(frame), frame);
  assert.equal(resume.position, '');
});
