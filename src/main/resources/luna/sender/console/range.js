/** The control of a range: two number fields, and two handles on one track. */
import {el} from './dom.js';

/** The end of the track if the contract has no upper bound; the number fields have no limit then. */
const TRACK_END = 100;

/**
 * @param {import('./contract.js').Control} control
 * @param {() => void} changed
 */
export function range(control, changed) {
  const min = control.min;
  const max = control.max ?? TRACK_END;
  const step = control.whole ? 1 : 0.01;
  const words = ['from', 'below'];
  const nameId = `filter-${control.id}`;
  const fault = el('p.fault', {'aria-live': 'polite'});

  const numbers = control.params.map((param, i) =>
    el('input.number', {
      type: 'number',
      inputmode: control.whole ? 'numeric' : 'decimal',
      min,
      max: control.max,
      step: control.whole ? 1 : 'any',
      placeholder: i === 0 ? min : control.max ?? '∞',
      'aria-label': `${control.label} ${words[i]}`,
      'data-test': `input-${param}`,
      'data-param': param,
      input: () => {
        draw();
        changed();
      },
    }));
  const handles = control.params.map((_, i) =>
    el('input.handle', {
      type: 'range',
      min,
      max,
      step,
      'aria-label': `${control.label} ${words[i]}, handle`,
      input: () => {
        const other = Number(handles[1 - i].value);
        const own = Number(handles[i].value);
        // The handles cannot pass each other.
        const value = i === 0 ? Math.min(own, other) : Math.max(own, other);
        handles[i].value = String(value);
        const open = i === 0 ? value <= min : value >= max;
        numbers[i].value = open ? '' : String(Number(value.toFixed(2)));
        draw();
        changed();
      },
    }));
  const track = el('div.track', {}, ...handles);

  function draw() {
    const [from, below] = numbers.map(input => input.value);
    handles[0].value = from === '' ? String(min) : from;
    handles[1].value = below === '' ? String(max) : below;
    const share = handle => ((Number(handle.value) - min) / (max - min)) * 100;
    track.style.setProperty('--from', `${share(handles[0])}%`);
    track.style.setProperty('--to', `${share(handles[1])}%`);
    handles[0].setAttribute('aria-valuetext', from === '' ? 'no lower bound' : `${from} and above`);
    handles[1].setAttribute('aria-valuetext', below === '' ? 'no upper bound' : `below ${below}`);
    const empty = from !== '' && below !== '' && Number(from) >= Number(below);
    fault.textContent = empty ? 'No value is between these bounds.' : '';
  }

  draw();
  return {
    node: el('div.field', {role: 'group', 'aria-labelledby': nameId},
      el('span.label', {id: nameId, title: control.help}, control.label),
      el('div.range', {}, numbers[0], track, numbers[1]),
      fault),
    read: () =>
      new Map(control.params.map((param, i) => [param, numbers[i].value === '' ? [] : [numbers[i].value]])),
    write: filter => {
      control.params.forEach((param, i) => (numbers[i].value = filter.get(param)?.[0] ?? ''));
      draw();
    },
  };
}
