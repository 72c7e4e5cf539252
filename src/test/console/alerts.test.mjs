import assert from 'node:assert/strict';
import {test} from 'node:test';
import {parseRules, ruleOf} from '../../main/resources/luna/sender/console/alerts.js';

const RULE = {label: 'banned', atLeast: 0.8, colour: 'blue', pin: true, sound: false, notify: false};

test('firstRuleOfTheLabelAndSimilarityCounts', () => {
  const any = {...RULE, label: '', atLeast: 0.95, colour: 'red'};
  const rules = [RULE, any];
  assert.equal(ruleOf({label: 'banned', similarity: 0.8}, rules), RULE);
  assert.equal(ruleOf({label: 'banned', similarity: 0.79}, rules), null);
  assert.equal(ruleOf({label: 'banned', similarity: 0.99}, [any, RULE]), any);
  assert.equal(ruleOf({label: 'vip', similarity: 0.95}, rules), any);
  assert.equal(ruleOf({label: 'vip', similarity: 0.9}, rules), null);
  assert.equal(ruleOf(null, rules), null);
});

test('storedRulesAreReadAndOtherTextsIgnored', () => {
  assert.deepEqual(parseRules(JSON.stringify([RULE])), [RULE]);
  for (const text of [null, '', 'x', '{}', '7', '[null, 7, {}, {"label": 7}]']) {
    assert.deepEqual(parseRules(text), []);
  }
  const odd = {label: 'a', atLeast: 7, colour: 'url(x)', sound: 'yes', other: 1};
  assert.deepEqual(parseRules(JSON.stringify([odd])), [
    {label: 'a', atLeast: 0, colour: 'red', pin: false, sound: false, notify: false},
  ]);
});
