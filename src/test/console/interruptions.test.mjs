import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Interruptions} from '../../main/resources/luna/sender/console/interruptions.js';

const CLOCK = time => time.slice(11, 19);
const TEXT = 'Redis unreachable since 10:00:01; events are being lost';
const BEGUN = {from: '2026-11-24T10:00:01.674Z', cause: 'redis_closed'};

test('interruptionLastsUntilItsGap', () => {
  const interruptions = new Interruptions();
  assert.equal(interruptions.text(CLOCK), '');
  interruptions.begin(BEGUN);
  assert.equal(interruptions.text(CLOCK), TEXT);
  interruptions.end({...BEGUN, to: '2026-11-24T10:00:04.020Z'});
  assert.equal(interruptions.text(CLOCK), '');
});

test('gapOfAnotherTimeEndsNoInterruption', () => {
  const interruptions = new Interruptions();
  interruptions.begin(BEGUN);
  interruptions.end({from: '2026-11-24T09:00:00Z', to: '2026-11-24T10:00:01.673Z'});
  assert.equal(interruptions.text(CLOCK), TEXT);
  interruptions.end({from: '2026-11-24T10:00:01.675Z', to: '2026-11-24T10:01:00Z'});
  assert.equal(interruptions.text(CLOCK), TEXT);
});

test('mergedGapEndsAllInterruptionsThatItCovers', () => {
  const interruptions = new Interruptions();
  interruptions.begin(BEGUN);
  interruptions.begin({from: '2026-11-24T10:00:02Z', cause: 'overload'});
  interruptions.end({from: '2026-11-24T10:00:00Z', to: '2026-11-24T10:00:04Z'});
  assert.equal(interruptions.text(CLOCK), '');
});

test('oldestInterruptionIsShownUntilTheConnectionEnds', () => {
  const interruptions = new Interruptions();
  interruptions.begin(BEGUN);
  interruptions.begin({from: '2026-11-24T10:00:02Z', cause: 'overload'});
  assert.equal(interruptions.text(CLOCK), TEXT);
  interruptions.clear();
  assert.equal(interruptions.text(CLOCK), '');
});

test('eventsAreLateIfTheServiceCatchesUpAfterwards', () => {
  const interruptions = new Interruptions(true);
  interruptions.begin(BEGUN);
  assert.equal(interruptions.text(CLOCK), 'Redis unreachable since 10:00:01; events are late');
  interruptions.clear();
  interruptions.begin({...BEGUN, cause: 'overload'});
  assert.equal(interruptions.text(CLOCK), 'Node overloaded since 10:00:01; events are being dropped');
  interruptions.clear();
  interruptions.begin({...BEGUN, cause: 'new_cause'});
  assert.equal(interruptions.text(CLOCK), 'Interrupted (new cause) since 10:00:01; events may be missing');
});
