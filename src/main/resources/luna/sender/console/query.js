/**
 * A filter, and how it stands in a URL: a plain comma separates, `%2C` is one inside of a value; pure.
 *
 * @typedef {Map<string, string[]>} Filter values by parameter; none has an empty list
 *
 * @typedef {object} Wish what the URL of the page asks for
 * @property {string} account
 * @property {Filter} filter
 * @property {string[]} ignored names that are no filters, as the service would ignore them
 * @property {string} raw the filters as they stand in the URL, without the account
 * @property {string[]} broken names that have an empty value, or values that are not percent-encoded
 *   UTF-8, or that are given twice and are no lists
 */

/** Parameters that the page sets itself. */
const OWN = new Set(['account_id', 'gaps', 'stats']);

/** Leaves only what RFC 3986 calls unreserved, so that no shell and no language stumbles over it. */
export function encode(text) {
  return encodeURIComponent(wellFormed(text)).replace(
    /[!'()*]/g,
    sign => '%' + sign.charCodeAt(0).toString(16).toUpperCase());
}

/** A lone surrogate has no UTF-8. */
function wellFormed(text) {
  return text.replace(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g, '\uFFFD');
}

/** @param {Filter} filter */
export function filterQuery(filter) {
  return [...filter]
    .filter(([, values]) => values.length > 0)
    .map(([name, values]) => `${name}=${values.map(encode).join(',')}`)
    .join('&');
}

/**
 * @param {string} account
 * @param {Filter} filter
 * @param {string|null} [raw] the filters as a URL has them, in place of the filter
 */
export function pageQuery(account, filter, raw = null) {
  return [account && `account_id=${encode(account)}`, raw ?? filterQuery(filter)].filter(Boolean).join('&');
}

/**
 * @param {string} search with or without the question mark
 * @param {Iterable<string>} known the parameters that are filters
 * @param {Iterable<string>} lists those of them that continue when they are given again
 * @returns {Wish}
 */
export function parse(search, known, lists = []) {
  const names = new Set(known);
  const repeatable = new Set(lists);
  const wish = {account: '', filter: new Map(), ignored: [], raw: '', broken: []};
  const raw = [];
  const seen = new Set();
  for (const pair of search.replace(/^\?/, '').split('&').filter(Boolean)) {
    const split = pair.indexOf('=');
    const name = decode(split < 0 ? pair : pair.slice(0, split));
    if (!OWN.has(name)) {
      raw.push(pair);
    }
    const values = (split < 0 ? '' : pair.slice(split + 1)).split(',').map(decode);
    if (name === null || (seen.has(name) && !repeatable.has(name)) || values.includes(null)) {
      wish.broken.push(name ?? pair);
      continue;
    }
    seen.add(name);
    const given = /** @type {string[]} */ (values.filter(value => value !== ''));
    if (name === 'account_id') {
      wish.account = given.join(',');
    } else if (!names.has(name)) {
      wish.ignored.push(name);
    } else if (given.length < values.length) {
      wish.broken.push(name);
    } else if (given.length > 0) {
      wish.filter.set(name, [...(wish.filter.get(name) ?? []), ...given]);
    }
  }
  wish.raw = raw.join('&');
  return wish;
}

/** @returns {string|null} null if it is not percent-encoded UTF-8 */
function decode(text) {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return null;
  }
}

/** Whether both ask for the same, in whatever order. */
export function same(one, other) {
  return filterQuery(sorted(one)) === filterQuery(sorted(other));
}

function sorted(filter) {
  return new Map([...filter].sort(([a], [b]) => (a < b ? -1 : 1)));
}
