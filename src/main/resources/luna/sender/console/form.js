/**
 * The controls of all filters, created from the contract, with the number of events that each rejects.
 *
 * @typedef {object} Field
 * @property {HTMLElement} node
 * @property {() => import('./query.js').Filter} read
 * @property {(filter: import('./query.js').Filter) => void} write
 */
import {chips} from './chips.js';
import {el, number} from './dom.js';
import {range} from './range.js';
import {toggles} from './toggles.js';

export class FilterForm {
  /**
   * @param {HTMLElement} place
   * @param {import('./contract.js').Control[]} controls
   * @param {() => void} changed
   * @param {(param: string) => string[]} seen returns the values of the events that are shown
   */
  constructor(place, controls, changed, seen) {
    this.controls = controls;
    this.seen = seen;
    /** @type {Map<string, Field & {refused: HTMLElement}>} */
    this.fields = new Map();
    for (const group of new Set(controls.map(control => control.group))) {
      place.append(
        el('section.group', {'aria-labelledby': `group-${group}`},
          el('h3', {id: `group-${group}`}, group),
          ...controls.filter(control => control.group === group).map(control => this.field(control, changed))));
    }
  }

  field(control, changed) {
    const make = {texts: chips, range, one: toggles, many: toggles}[control.kind];
    const made = /** @type {Field} */ (make(control, changed, this.seen));
    const refused = el('p.refused', {hidden: true});
    made.node.dataset.filter = control.id;
    made.node.append(refused);
    this.fields.set(control.id, {...made, refused});
    return made.node;
  }

  /** @returns {import('./query.js').Filter} in the order of the form, without empty filters */
  read() {
    const filter = new Map();
    for (const {read} of this.fields.values()) {
      for (const [name, values] of read()) {
        if (values.length > 0) {
          filter.set(name, values);
        }
      }
    }
    return filter;
  }

  /** @param {import('./query.js').Filter} filter */
  write(filter) {
    this.fields.forEach(({write}) => write(filter));
  }

  /** Adds a value to a filter, or removes it if the filter has it. */
  toggle(param, code) {
    const filter = this.read();
    const values = filter.get(param) ?? [];
    const control = this.controls.find(({id}) => id === param);
    if (values.includes(code)) {
      filter.set(param, values.filter(value => value !== code));
    } else {
      filter.set(param, control?.kind === 'one' ? [code] : [...values, code]);
    }
    this.write(filter);
  }

  /** Marks the control whose value the service has rejected. */
  blame(parameter) {
    for (const control of this.controls) {
      const node = this.fields.get(control.id)?.node;
      const guilty = parameter !== null && control.params.includes(parameter);
      node?.classList.toggle('guilty', guilty);
      node?.querySelectorAll('input').forEach(input => {
        const meant = guilty && (input.dataset.param ?? parameter) === parameter && input.type !== 'range';
        input.setAttribute('aria-invalid', String(meant));
      });
    }
  }

  /** @param {{seen: number, refused: Record<string, number>}|null} stats */
  showRefused(stats) {
    for (const control of this.controls) {
      const field = this.fields.get(control.id);
      const counts = control.params.filter(param => stats?.refused?.[param] !== undefined);
      if (field === undefined) {
        continue;
      }
      const refused = Math.max(0, ...counts.map(param => Number(stats?.refused[param])));
      field.refused.hidden = counts.length === 0;
      if (stats && counts.length > 0) {
        const share = stats.seen > 0 ? Math.min(100, (100 * refused) / stats.seen) : 0;
        field.refused.style.setProperty('--share', `${share}%`);
        field.refused.textContent =
          `rejects ${counts.map(param => number(stats.refused[param])).join(' + ')} of ${number(stats.seen)} (${Math.round(share)} %)`;
      }
    }
  }
}
