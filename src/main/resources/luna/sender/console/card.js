/**
 * The card of one event: its time, place, best match, and the values that filters can name.
 *
 * @typedef {object} Row
 * @property {string} frame as received
 * @property {number} arrived
 * @property {boolean} [past] whether it comes from the history
 * @property {any} [gap] a gap or an interruption, instead of an event
 * @property {string} [cut] the filter from here on, instead of an event
 * @property {import('./alerts.js').Rule|null} [alert] the rule that the event fulfils
 * @property {any} [parsed]
 * @property {import('./event.js').Summary} [summary]
 * @property {string} [text] what the search compares
 */
import {el} from './dom.js';
import {clock} from './event.js';
import {picture} from './picture.js';

/** Values that are highlighted, because an operator should notice them. */
const ALARMING = new Set(['spoof', 'occluded']);

/**
 * @param {Row} row
 * @param {import('./event.js').Summary} read
 * @param {(button: HTMLElement, trait: import('./event.js').Trait) => void} onTrait
 */
export function card(row, read, onTrait) {
  const {id, time, source, place, match, age, sample, traits, tags} = read;
  const face = picture(sample, 48);
  const trait = (each, kind = '') => {
    const {param, name, value, code} = each;
    return el(`button.trait${kind}`, {
      type: 'button',
      tabindex: '-1',
      title: `${param}=${code}`,
      'aria-haspopup': 'menu',
      click: event => onTrait(event.currentTarget, each),
    }, name && el('span.key', {}, `${name} `), value);
  };
  return el('article.card', {
    class: ['card', row.past && 'past', face && 'pictured', row.alert && `alert ${row.alert.colour}`].filter(Boolean).join(' '),
    tabindex: '-1',
    'data-test': 'card',
    'data-event-id': id,
    'aria-label': `${clock(time)}, ${source?.value ?? 'no source'}${match ? `, ${match.label} ${match.similarity.toFixed(2)}` : ''}`,
  },
    face,
    el('time.when', {datetime: time, title: row.past ? `${time}, from the history` : time}, clock(time) || '–'),
    el('div.where', {},
      source ? trait(source, '.source') : el('span.missing', {}, 'no source'),
      place.length > 0 && el('span.place', {}, ...place.map(part => trait(part, '.plain')))),
    el('div.what', {},
      age !== null && el('span.age', {title: 'Age'}, `${Math.round(age)} y`),
      ...traits.map(each => trait(each, ALARMING.has(each.value) ? '.alarming' : '')),
      ...tags.map(each => trait(each, '.tag'))),
    match && el('div.match', {title: 'The best match'},
      el('span.label', {}, match.label || 'no label'),
      share(match.similarity),
      el('span.similarity', {}, match.similarity.toFixed(3))),
    el('div.actions', {},
      el('button.small', {type: 'button', tabindex: '-1', 'data-action': 'why', 'data-test': 'why'}, 'Why?'),
      el('button.small', {type: 'button', tabindex: '-1', 'data-action': 'json', 'data-test': 'json'}, 'JSON')));
}

function share(similarity) {
  const bar = el('span.bar-share', {'aria-hidden': 'true'});
  bar.style.setProperty('--share', `${Math.max(0, Math.min(1, similarity)) * 100}%`);
  return bar;
}

/** Shows where another filter begins. @param {Row} row */
export function cutCard({cut, arrived}) {
  return el('article.gap.cut', {'data-test': 'cut', 'aria-label': 'Another filter from here on'},
    el('strong', {}, 'Filter changed'),
    el('span', {}, clock(new Date(arrived).toISOString())),
    el('code', {}, cut || 'no filter'));
}

/** Shows the start of an interruption: events may be missing from here on. */
function interruptionCard({from, cause}) {
  return el('article.gap', {'data-test': 'interruption', 'aria-label': 'Events may be missing from here on'},
    el('strong', {}, 'Interrupted'),
    el('span', {}, `since ${clock(from)}`),
    el('span', {}, String(cause).replaceAll('_', ' ')));
}

/** Shows a gap, or an interruption that has not ended. */
export function gapCard({gap}) {
  if (gap.to === undefined) {
    return interruptionCard(gap);
  }
  const dropped = gap.dropped === null || gap.dropped === undefined ? '' : `, ${gap.dropped} dropped`;
  return el('article.gap', {'data-test': 'gap', 'aria-label': 'Events may be missing here'},
    el('strong', {}, 'Gap'),
    el('span', {}, `${clock(gap.from)} – ${clock(gap.to)}`),
    el('span', {}, `${String(gap.cause).replaceAll('_', ' ')}${dropped}`));
}
