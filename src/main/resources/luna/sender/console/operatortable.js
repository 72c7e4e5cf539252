/**
 * A table whose rows stay the same elements from answer to answer, so that a focus in it is not lost.
 *
 * @template Item
 * @typedef {object} Column
 * @property {string} id
 * @property {string} name
 * @property {string} [title] what it means
 * @property {boolean} [numeric]
 * @property {boolean} [sorts] whether a click on its head sorts by it
 * @property {boolean} [long] whether its text is cut
 * @property {(item: Item) => string} text
 * @property {(item: Item) => boolean} [alarming]
 * @property {(row: {item: Item}) => HTMLElement} [button] created once for each row, with the text
 */
import {el} from './dom.js';

/** @template Item */
export class Table {
  /**
   * @param {string} name
   * @param {Column<Item>[]} columns the first one is the head of each row
   * @param {(item: Item) => string} key
   * @param {(column: string) => void} [onSort]
   */
  constructor(name, columns, key, onSort) {
    this.columns = columns;
    this.key = key;
    /** @type {Map<string, {item: Item, node: HTMLTableRowElement, cells: HTMLElement[]}>} */
    this.rows = new Map();
    this.heads = columns.map(column => this.head(column, onSort));
    /** Whether a pointer is over the rows; a finger only touches them. */
    this.pointed = false;
    this.body = el('tbody', {
      pointerenter: event => (this.pointed = event.pointerType !== 'touch'),
      pointerleave: () => (this.pointed = false),
    });
    this.node = el('div.wide', {role: 'region', 'aria-label': `Table: ${name}`, tabindex: '0'},
      el('table', {}, el('caption.offscreen', {}, name), el('thead', {}, el('tr', {}, ...this.heads)), this.body));
  }

  head(column, onSort) {
    const name = column.sorts
      ? el('button', {type: 'button', 'data-sort': column.id, click: () => onSort?.(column.id)}, column.name)
      : column.name;
    return el(column.numeric ? 'th.num' : 'th', {scope: 'col', title: column.title, 'data-column': column.id}, name);
  }

  /** Marks the column by which the rows are sorted. */
  mark(by, descending) {
    this.columns.forEach((column, i) => {
      if (column.id === by) {
        this.heads[i].setAttribute('aria-sort', descending ? 'descending' : 'ascending');
      } else {
        this.heads[i].removeAttribute('aria-sort');
      }
    });
  }

  /** @param {Item[]} items in the order of their rows */
  show(items) {
    const keys = new Set(items.map(this.key));
    for (const [key, row] of this.rows) {
      if (!keys.has(key)) {
        row.node.remove();
        this.rows.delete(key);
      }
    }
    items.forEach((item, at) => {
      const row = this.rows.get(this.key(item)) ?? this.create(item);
      row.item = item;
      this.columns.forEach((column, i) => this.fill(column, row.cells[i], item));
      if (this.body.children[at] !== row.node) {
        this.body.insertBefore(row.node, this.body.children[at] ?? null);
      }
    });
  }

  create(item) {
    const row = /** @type {any} */ ({item});
    const filled = this.columns.map(column => (column.button ? column.button(row) : el(column.long ? 'span.long' : 'span')));
    row.cells = filled;
    row.node = el('tr', {'data-key': this.key(item)}, ...filled.map((content, i) =>
      el((i === 0 ? 'th' : 'td') + (this.columns[i].numeric ? '.num' : ''), i === 0 ? {scope: 'row'} : {'data-column': this.columns[i].id}, content)));
    this.rows.set(this.key(item), row);
    return row;
  }

  fill(column, cell, item) {
    const text = column.text(item);
    if (cell.textContent !== text) {
      cell.textContent = text;
      if (column.long) {
        cell.title = text;
      }
    }
    cell.classList.toggle('alarming', column.alarming?.(item) ?? false);
  }
}
