import assert from 'node:assert/strict';
import {test} from 'node:test';
import {controls, label} from '../../main/resources/luna/sender/console/contract.js';

const query = (name, schema, more = {}) => ({name, in: 'query', schema, 'x-event-field': `event.${name}`, ...more});
const contract = (parameters, components = {}) => ({
  components: {parameters: components},
  paths: {'/{api}/ws': {get: {parameters}}},
});

test('boundsOfOneFieldShareAControlLowerFirst', () => {
  const [age] = controls(contract([
    query('age__lt', {type: 'integer', minimum: 0}),
    query('age__gte', {type: 'integer', minimum: 0}),
  ]));
  assert.deepEqual([age.id, age.kind, age.params, age.whole], ['age', 'range', ['age__gte', 'age__lt'], true]);
});

test('codesHaveContractNamesOrTheirNumbers', () => {
  const [masks, odd] = controls(contract([
    query('masks', {type: 'array', items: {type: 'integer', enum: [1, 2], 'x-enum-varnames': ['missing', 'medical_mask']}}),
    query('odd', {type: 'integer', enum: [0, 1]}),
  ]));
  assert.equal(masks.kind, 'many');
  assert.deepEqual(masks.options, [{code: '1', name: 'missing'}, {code: '2', name: 'medical mask'}]);
  assert.equal(odd.kind, 'one');
  assert.deepEqual(odd.options.map(({name}) => name), ['0', '1']);
});

test('referencesAreResolvedAndOtherParametersOmitted', () => {
  const made = controls(contract(
    [{$ref: '#/components/parameters/tags'}, {name: 'gaps', in: 'query', schema: {}}, {name: 'Luna-Account-Id', in: 'header'}],
    {tags: query('tags', {type: 'array', items: {type: 'string', maxLength: 36}})}));
  assert.deepEqual(made.map(({id, kind, maxLength}) => [id, kind, maxLength]), [['tags', 'texts', 36]]);
});

test('nounIsTheLastKeyUnlessTheContractHasAnother', () => {
  const [colors, handlers] = controls(contract([
    query('colors', {}, {'x-event-field': 'event.cars[].main_color[]'}),
    query('handler_ids', {}, {'x-event-field': 'handler_id', 'x-event-noun': 'handler'}),
  ]));
  assert.deepEqual([colors.noun, handlers.noun], ['main color', 'handler']);
});

test('invalidContractHasNoControls', () => {
  assert.deepEqual(controls({}), []);
  assert.deepEqual(controls(null), []);
});

test('namesAreReadable', () => {
  assert.equal(label('object_similarity'), 'Object similarity');
});
