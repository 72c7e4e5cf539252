/** Shows one event: why it passes the current filter or not, clause by clause, and its JSON. */
import {byId, copy, el} from './dom.js';
import {clock} from './event.js';
import {explainBody, pretty} from './json.js';
import {picture} from './picture.js';
import {tabs} from './tabs.js';

export class Inspector {
  /**
   * @param {() => string} filter returns the current filter as a query
   * @param {(body: string) => Promise<{answer?: any, fault?: string}>} explain
   */
  constructor(filter, explain) {
    this.filter = filter;
    this.explain = explain;
    this.dialog = /** @type {HTMLDialogElement} */ (byId('inspector'));
    this.why = byId('inspector-why');
    this.json = byId('inspector-json');
    /** @type {{body: () => string, text: string}|null} */
    this.shown = null;
    this.asked = 0;
    /** @type {Element|null} */
    this.before = null;
    this.tabs = tabs(byId('inspector-tabs'), tab => tab === 'json' && this.drawJson());
    byId('inspector-close').addEventListener('click', () => this.dialog.close());
    byId('inspector-copy').addEventListener('click', event => copy(event.currentTarget, this.text()));
    this.dialog.addEventListener('close', () => this.closed());
    this.dialog.addEventListener('keydown', event => event.key === 'Escape' && this.dialog.close());
  }

  /** @param {import('./card.js').Row} row */
  showRow(row, tab) {
    const {summary} = row;
    byId('inspector-title').textContent = summary?.source?.value ?? 'Event';
    byId('inspector-id').textContent = [
      summary?.time && `created ${clock(summary.time)}`,
      `arrived ${clock(new Date(row.arrived).toISOString())}${row.past ? ' from the history' : ''}`,
      summary?.id,
    ].filter(Boolean).join(' · ');
    this.show({body: () => explainBody(row.frame, this.filter()), text: row.frame}, tab, summary?.sample ?? null);
  }

  /** @param {string} title @param {() => string} body @param {string} text as JSON, or empty */
  showPasted(title, body, text) {
    byId('inspector-title').textContent = title;
    byId('inspector-id').textContent = '';
    this.show({body, text}, 'why');
  }

  /** @param {string|null} [sample] */
  show(shown, tab, sample = null) {
    this.shown = shown;
    byId('inspector-picture').replaceChildren(picture(sample, 160) ?? '');
    this.json.replaceChildren();
    this.tabs.select(tab);
    if (!this.dialog.open) {
      this.before = document.activeElement;
      // On a wide screen it is beside the stream, which remains usable.
      if (matchMedia('(min-width: 1100px)').matches) {
        this.dialog.show();
      } else {
        this.dialog.showModal();
      }
    }
    byId('inspector-title').focus();
    this.refresh();
  }

  closed() {
    this.shown = null;
    if (this.before instanceof HTMLElement && this.before.isConnected) {
      this.before.focus();
    }
  }

  /** Requests the explanation for the current filter. */
  async refresh() {
    if (this.shown === null) {
      return;
    }
    const turn = ++this.asked;
    this.why.setAttribute('aria-busy', 'true');
    const {answer, fault} = await this.explain(this.shown.body());
    if (turn === this.asked) {
      this.why.removeAttribute('aria-busy');
      this.why.replaceChildren(...(answer ? verdict(answer) : [el('p.fault', {}, fault)]));
    }
  }

  text() {
    return this.shown?.text ? pretty(this.shown.text).map(({text}) => text).join('') : '';
  }

  drawJson() {
    if (this.shown && this.json.childElementCount === 0) {
      const tokens = this.shown.text ? pretty(this.shown.text) : [];
      this.json.replaceChildren(
        ...tokens.map(({kind, text}) => (kind === 'sign' ? text : el(`span.${kind}`, {}, text))));
    }
  }
}

/** Returns the lines of an explanation. */
export function verdict({passes, clauses = [], ignored = []}) {
  const rejecting = clauses.filter(clause => !clause.passes).length;
  const head = passes
    ? clauses.length > 0 ? `Passes all ${clauses.length} clauses` : 'Passes: the filter is empty, so every event does'
    : `Rejected by ${rejecting} of ${clauses.length} clauses`;
  return [
    el('p', {class: passes ? 'verdict passes' : 'verdict refuses', 'data-test': 'verdict'}, head),
    clauses.length > 0 && el('ul.clauses', {},
      ...clauses.map(clause =>
        el('li', {class: clause.passes ? 'clause passes' : 'clause refuses', 'data-test': 'clause'},
          el('span.sign', {'aria-hidden': 'true'}, clause.passes ? '✓' : '✗'),
          el('code.name', {}, clause.filter),
          el('span.says', {}, clause.passes ? 'passes' : 'does not pass'),
          el('dl', {},
            el('dt', {}, 'wanted'), el('dd', {}, shown(clause.wanted)),
            el('dt', {}, 'value'), el('dd', {}, shown(clause.value))),
          el('p.reason', {}, clause.reason)))),
    ignored.length > 0 && el('p.hint', {}, `Ignored, because they are not filters: ${ignored.join(', ')}`),
  ].filter(Boolean);
}

function shown(value) {
  return value === null || value === undefined ? 'none' : [value].flat().join(', ') || 'none';
}
