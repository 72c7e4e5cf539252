import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Interruptions} from '../../main/resources/luna/sender/console/interruptions.js';

const BEGUN = {from: '2026-11-24T10:00:01.674Z', cause: 'redis_closed'};

test('interruptionLastsUntilItsGap', () => {
  const interruptions = new Interruptions();
  assert.equal(interruptions.text, '');
  interruptions.begin(BEGUN);
  assert.equal(interruptions.text, 'Interrupted: redis closed');
  interruptions.end({...BEGUN, to: '2026-11-24T10:00:04.020Z'});
  assert.equal(interruptions.text, '');
});

test('gapOfAnotherTimeEndsNoInterruption', () => {
  const interruptions = new Interruptions();
  interruptions.begin(BEGUN);
  interruptions.end({from: '2026-11-24T09:00:00Z', to: '2026-11-24T10:00:01.673Z'});
  assert.equal(interruptions.text, 'Interrupted: redis closed');
  interruptions.end({from: '2026-11-24T10:00:01.675Z', to: '2026-11-24T10:01:00Z'});
  assert.equal(interruptions.text, 'Interrupted: redis closed');
});

test('mergedGapEndsAllInterruptionsThatItCovers', () => {
  const interruptions = new Interruptions();
  interruptions.begin(BEGUN);
  interruptions.begin({from: '2026-11-24T10:00:02Z', cause: 'overload'});
  interruptions.end({from: '2026-11-24T10:00:00Z', to: '2026-11-24T10:00:04Z'});
  assert.equal(interruptions.text, '');
});

test('oldestInterruptionIsShownUntilTheConnectionEnds', () => {
  const interruptions = new Interruptions();
  interruptions.begin(BEGUN);
  interruptions.begin({from: '2026-11-24T10:00:02Z', cause: 'overload'});
  assert.equal(interruptions.text, 'Interrupted: redis closed');
  interruptions.clear();
  assert.equal(interruptions.text, '');
});
