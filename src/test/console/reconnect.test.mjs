import assert from 'node:assert/strict';
import {test} from 'node:test';
import {afterClose, afterRefusal, faultyParameter, pause} from '../../main/resources/luna/sender/console/reconnect.js';

test('closeCodesSelectTheAction', () => {
  for (const code of [1000, 1001, 1005, 1006, 1011, 1012, 4000, 4008]) {
    assert.equal(afterClose(code).action, 'reconnect', String(code));
  }
  for (const code of [1002, 1003, 1007, 1008, 1009]) {
    assert.equal(afterClose(code).action, 'stop', String(code));
  }
  assert.equal(afterClose(4401).action, 'token');
});

test('everyCloseShowsItsCodeAndMeaning', () => {
  for (const code of [1001, 1002, 1006, 1007, 1008, 1009, 1011, 4008, 4401, 4403]) {
    const {title, hint} = afterClose(code);
    assert.ok(title.includes(String(code)) && hint.length > 10, title);
  }
  assert.match(afterClose(4008).hint, /Narrow the filter/);
});

test('clientErrorsStopReconnecting', () => {
  for (const [status, error_code] of [[400, 12012], [403, 11060], [403, 12031], [404, 12013]]) {
    const decision = afterRefusal({status, error: {error_code, detail: 'why'}});
    assert.deepEqual([decision.action, decision.hint], ['stop', 'why']);
  }
});

test('validUrlIsRetried', () => {
  assert.equal(afterRefusal({status: 400, error: {error_code: 12046, detail: 'x'}}).action, 'reconnect');
});

test('missingTokenRequestsOne', () => {
  assert.equal(afterRefusal({status: 401, error: {error_code: 12010, detail: 'x'}}).action, 'token');
});

test('busyNodeIsRetriedNotBeforeRetryAfter', () => {
  assert.equal(afterRefusal(null).action, 'reconnect');
  for (const status of [429, 500, 502, 503, 504]) {
    assert.equal(afterRefusal({status, error: null, retryAfter: '7'}).atLeast, 7000);
  }
  const date = afterRefusal({status: 503, error: null, retryAfter: 'Wed, 21 Oct 2026 07:28:00 GMT'});
  assert.equal(date.atLeast, 0);
});

test('pauseIsFullJitterThatGrowsAndIsCapped', () => {
  assert.equal(pause(0, 0), 0);
  assert.equal(pause(0, 1), 500);
  assert.equal(pause(3, 0.5), 2000);
  for (const failures of [5, 10, 1000]) {
    assert.equal(pause(failures, 1), 10_000);
  }
  assert.equal(pause(0, 0.5, 7000), 7250);
});

test('errorNamesItsParameter', () => {
  assert.equal(faultyParameter('Bad query parameters: age__gte: -3 (expected: an integer of 0 or more)'), 'age__gte');
  assert.equal(faultyParameter('Required parameters Luna-Account-Id not found'), null);
  assert.equal(faultyParameter(undefined), null);
});
