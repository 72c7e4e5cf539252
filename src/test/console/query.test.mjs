import assert from 'node:assert/strict';
import {test} from 'node:test';
import {encode, filterQuery, pageQuery, parse, same} from '../../main/resources/luna/sender/console/query.js';

const KNOWN = ['gender', 'cities', 'tags', 'age__gte'];
const ODD = ['New York', 'a,b', '50%', 'a+b', "O'Neill", '"quoted"', '$HOME', 'C:\\new', 'São Paulo', 'гость', '🌙', 'a&b=c#d', '!()*', ' '];

test('commaInsideAValueIsEncodedAndTheSeparatorIsPlain', () => {
  assert.equal(filterQuery(new Map([['cities', ['a,b', 'c']]])), 'cities=a%2Cb,c');
});

test('everyValueSurvivesARoundTrip', () => {
  const filter = new Map([['cities', ODD], ['tags', [...ODD].reverse()], ['gender', ['1']]]);
  const page = parse('?' + pageQuery('8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a', filter), KNOWN);
  assert.deepEqual(page.filter, filter);
  assert.equal(page.account, '8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a');
  assert.deepEqual([page.ignored, page.broken], [[], []]);
});

test('encodedTextIsOnlyUnreservedCharacters', () => {
  for (const value of [...ODD, '\ud800', 'x\udfffy', '\u0000\n']) {
    assert.match(encode(value), /^(?:[A-Za-z0-9._~-]|%[0-9A-F]{2})*$/);
  }
});

test('plusIsASpaceAsInTheService', () => {
  assert.deepEqual(parse('cities=New+York,a%2Bb', KNOWN).filter.get('cities'), ['New York', 'a+b']);
});

test('unknownParameterIsIgnoredAndReported', () => {
  const page = parse('genders=1&gender=0', KNOWN);
  assert.deepEqual(page.ignored, ['genders']);
  assert.deepEqual(page.filter, new Map([['gender', ['0']]]));
});

test('repeatedListIsJoinedAsInTheService', () => {
  const page = parse('cities=a&gender=1&cities=b,c&tags=x&cities=d%2Ce', KNOWN, ['cities', 'tags']);
  assert.deepEqual(page.broken, []);
  assert.deepEqual(page.filter, new Map([['cities', ['a', 'b', 'c', 'd,e']], ['gender', ['1']], ['tags', ['x']]]));
  assert.deepEqual(parse('gender=1&gender=1', KNOWN, ['cities', 'tags']).broken, ['gender']);
});

test('repeatedOrNonUtf8ParameterIsBroken', () => {
  const page = parse('gender=1&gender=0&cities=%ff&tags=%', KNOWN);
  assert.deepEqual(page.broken, ['gender', 'cities', 'tags']);
  assert.deepEqual(page.filter, new Map([['gender', ['1']]]));
});

test('emptyFilterOfTheFormIsOmitted', () => {
  assert.equal(filterQuery(new Map([['cities', []], ['gender', ['1']]])), 'gender=1');
});

test('emptyValueInAUrlIsBrokenAndTheUrlIsUnchanged', () => {
  for (const search of ['cities=', 'tags', 'cities=a,,b', 'cities=,', 'gender=1&tags=']) {
    const page = parse('?account_id=x&' + search, KNOWN);
    assert.equal(page.broken.length, 1, search);
    assert.equal(page.raw, search);
    assert.equal(pageQuery('x', page.filter, page.raw), 'account_id=x&' + search);
  }
});

test('orderOfFiltersMakesNoDifferenceAndOrderOfValuesDoes', () => {
  const one = new Map([['gender', ['1']], ['cities', ['a', 'b']]]);
  assert.ok(same(one, new Map([['cities', ['a', 'b']], ['gender', ['1']]])));
  assert.ok(!same(one, new Map([['cities', ['a,b']], ['gender', ['1']]])));
});
