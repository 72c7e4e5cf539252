import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Meter} from '../../main/resources/luna/sender/console/meter.js';
import {Tape} from '../../main/resources/luna/sender/console/tape.js';

test('rateCoversTheLastSecondsAndFallsToZero', () => {
  const meter = new Meter();
  for (let i = 0; i < 300; i++) {
    meter.add(600_000 + i * 10);
  }
  assert.equal(meter.total, 300);
  assert.equal(meter.rate(603_000), 100);
  assert.equal(meter.rate(610_000), 0);
  // A slot of another round is not counted again.
  assert.equal(meter.rate(603_000 + 480 * 250), 0);
});

test('seriesHasOneCountForEachSecond', () => {
  const meter = new Meter();
  meter.add(58_900);
  meter.add(59_100, 2);
  assert.deepEqual(meter.series(60_500, 4), [0, 1, 2, 0].slice(0, 4));
});

test('lagCoversTheLastTenSeconds', () => {
  const meter = new Meter();
  assert.equal(meter.lag(0), null);
  [5, 1, 9].forEach(lag => meter.late(1000, lag));
  assert.deepEqual(meter.lag(2000), {median: 5, p95: 9});
  assert.equal(meter.lag(12_000), null);
});

const all = () => true;

test('tapeKeepsTheNewestAndCountsAll', () => {
  const tape = new Tape(3);
  for (let i = 0; i < 1000; i++) {
    tape.push({i, frame: ''});
    assert.ok(tape.rows.length < 6);
  }
  const got = [];
  assert.equal(tape.take(all, row => got.push(row.i)), 997);
  assert.deepEqual(got, [999, 998, 997]);
  assert.equal(tape.count, 0);
});

test('gapIsNeverSkipped', () => {
  const tape = new Tape(10);
  tape.push({i: 1, frame: ''});
  tape.push({gap: {}, frame: ''});
  tape.push({i: 2, frame: ''});
  const got = [];
  assert.equal(tape.take(taken => taken < 1, row => got.push(row.gap ? 'gap' : row.i)), 1);
  assert.deepEqual(got, [2, 'gap']);
});

test('tapeIsBoundedByCharactersToo', () => {
  const tape = new Tape(1000);
  const frame = 'x'.repeat(1_000_000);
  for (let i = 0; i < 300; i++) {
    tape.push({i, frame});
    assert.ok(tape.characters <= 100_000_000);
    assert.equal(tape.characters, tape.rows.length * frame.length);
  }
  const got = [];
  tape.take(all, row => got.push(row.i));
  assert.equal(got[0], 299);
  assert.ok(got.length >= 50);
  assert.equal(tape.characters, 0);
});
