/**
 * Converts filters to queries and back: a plain comma separates values, `%2C` is a comma in a value; pure.
 *
 * @typedef {Map<string, string[]>} Filter values by parameter; no list is empty
 *
 * @typedef {object} Page the contents of the page's URL
 * @property {string} account
 * @property {Filter} filter
 * @property {string[]} ignored names that are not filters, which the service ignores too
 * @property {string} raw the filters of the URL, unchanged and without the account
 * @property {string[]} broken names with an empty value, with a value that is not percent-encoded UTF-8, or
 *   that are repeated and not lists
 */

/** Parameters that the page sets itself. */
const OWN = new Set(['account_id', 'gaps', 'stats']);

/** Encodes all but the unreserved characters of RFC 3986, so the result needs no quoting in any language. */
export function encode(text) {
  return encodeURIComponent(wellFormed(text)).replace(
    /[!'()*]/g,
    sign => '%' + sign.charCodeAt(0).toString(16).toUpperCase());
}

/** Replaces lone surrogates, which cannot be encoded as UTF-8. */
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
 * @param {string|null} [raw] the filters of a URL, which replace the filter
 */
export function pageQuery(account, filter, raw = null) {
  return [account && `account_id=${encode(account)}`, raw ?? filterQuery(filter)].filter(Boolean).join('&');
}

/**
 * @param {string} search with or without the question mark
 * @param {Iterable<string>} known the parameters that are filters
 * @param {Iterable<string>} lists the filters that are joined if repeated
 * @returns {Page}
 */
export function parse(search, known, lists = []) {
  const names = new Set(known);
  const repeatable = new Set(lists);
  const page = {account: '', filter: new Map(), ignored: [], raw: '', broken: []};
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
      page.broken.push(name ?? pair);
      continue;
    }
    seen.add(name);
    const given = /** @type {string[]} */ (values.filter(value => value !== ''));
    if (name === 'account_id') {
      page.account = given.join(',');
    } else if (!names.has(name)) {
      page.ignored.push(name);
    } else if (given.length < values.length) {
      page.broken.push(name);
    } else if (given.length > 0) {
      page.filter.set(name, [...(page.filter.get(name) ?? []), ...given]);
    }
  }
  page.raw = raw.join('&');
  return page;
}

/** @returns {string|null} null if it is not percent-encoded UTF-8 */
function decode(text) {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return null;
  }
}

/** Returns whether both filters are equal, regardless of the order of parameters. */
export function same(one, other) {
  return filterQuery(sorted(one)) === filterQuery(sorted(other));
}

function sorted(filter) {
  return new Map([...filter].sort(([a], [b]) => (a < b ? -1 : 1)));
}
