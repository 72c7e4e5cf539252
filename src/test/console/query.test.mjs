import assert from 'node:assert/strict';
import {test} from 'node:test';
import {encode, filterQuery, pageQuery, parse, same} from '../../main/resources/luna/sender/console/query.js';

const KNOWN = ['gender', 'cities', 'tags', 'age__gte'];
const ODD = ['New York', 'a,b', '50%', 'a+b', "O'Neill", '"quoted"', '$HOME', 'C:\\new', 'São Paulo', 'гость', '🌙', 'a&b=c#d', '!()*', ' '];

test('commaInsideOfAValueIsEncodedAndTheSeparatorIsPlain', () => {
  assert.equal(filterQuery(new Map([['cities', ['a,b', 'c']]])), 'cities=a%2Cb,c');
});

test('everyValueComesBackAsItWas', () => {
  const filter = new Map([['cities', ODD], ['tags', [...ODD].reverse()], ['gender', ['1']]]);
  const wish = parse('?' + pageQuery('8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a', filter), KNOWN);
  assert.deepEqual(wish.filter, filter);
  assert.equal(wish.account, '8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a');
  assert.deepEqual([wish.ignored, wish.broken], [[], []]);
});

test('encodedTextIsOnlyUnreservedCharacters', () => {
  for (const value of [...ODD, '\ud800', 'x\udfffy', '\u0000\n']) {
    assert.match(encode(value), /^(?:[A-Za-z0-9._~-]|%[0-9A-F]{2})*$/);
  }
});

test('plusIsASpaceAsItIsForTheService', () => {
  assert.deepEqual(parse('cities=New+York,a%2Bb', KNOWN).filter.get('cities'), ['New York', 'a+b']);
});

test('nameThatIsNoFilterIsIgnoredAndTold', () => {
  const wish = parse('genders=1&gender=0', KNOWN);
  assert.deepEqual(wish.ignored, ['genders']);
  assert.deepEqual(wish.filter, new Map([['gender', ['0']]]));
});

test('listThatIsGivenAgainContinuesAsItDoesForTheService', () => {
  const wish = parse('cities=a&gender=1&cities=b,c&tags=x&cities=d%2Ce', KNOWN, ['cities', 'tags']);
  assert.deepEqual(wish.broken, []);
  assert.deepEqual(wish.filter, new Map([['cities', ['a', 'b', 'c', 'd,e']], ['gender', ['1']], ['tags', ['x']]]));
  assert.deepEqual(parse('gender=1&gender=1', KNOWN, ['cities', 'tags']).broken, ['gender']);
});

test('whatIsGivenTwiceOrIsNotUtf8IsBroken', () => {
  const wish = parse('gender=1&gender=0&cities=%ff&tags=%', KNOWN);
  assert.deepEqual(wish.broken, ['gender', 'cities', 'tags']);
  assert.deepEqual(wish.filter, new Map([['gender', ['1']]]));
});

test('emptyFilterOfTheFormIsLeftOut', () => {
  assert.equal(filterQuery(new Map([['cities', []], ['gender', ['1']]])), 'gender=1');
});

test('emptyValueInAUrlIsBrokenAndTheUrlIsKeptAsItIs', () => {
  for (const search of ['cities=', 'tags', 'cities=a,,b', 'cities=,', 'gender=1&tags=']) {
    const wish = parse('?account_id=x&' + search, KNOWN);
    assert.equal(wish.broken.length, 1, search);
    assert.equal(wish.raw, search);
    assert.equal(pageQuery('x', wish.filter, wish.raw), 'account_id=x&' + search);
  }
});

test('orderOfFiltersMakesNoDifferenceAndOrderOfValuesDoes', () => {
  const one = new Map([['gender', ['1']], ['cities', ['a', 'b']]]);
  assert.ok(same(one, new Map([['cities', ['a', 'b']], ['gender', ['1']]])));
  assert.ok(!same(one, new Map([['cities', ['a,b']], ['gender', ['1']]])));
});
