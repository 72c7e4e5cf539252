/** What the operators' page shows of the answers of the API: texts, order, queries. Pure. */
import {number, plural} from './dom.js';
import {WAIT} from './operatorapi.js';

/** Clients in a page. */
export const PAGE = 50;

/** The maximum of the API. */
const MOST = 1000;

/**
 * @typedef {object} Wanted which clients are wanted
 * @property {boolean} cluster
 * @property {Record<string, string>} filter parameters of the API; empty ones are left out
 * @property {number} page from 0
 * @property {string} after of the page, on one node
 */

/** @param {Record<string, string|number>} values */
function path(start, values) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== '') {
      query.set(name, String(value));
    }
  }
  return query.size > 0 ? `${start}?${query}` : start;
}

const nodes = cluster => (cluster ? {cluster: 1, wait: WAIT} : {});

/**
 * Returns the path of a page of clients. A list of all nodes has no further pages, so it is read up to the page.
 *
 * @param {Wanted} wanted
 */
export function clientsPath({cluster, filter, page, after}) {
  return cluster
    ? path('connections', {...filter, limit: Math.min(MOST, (page + 1) * PAGE), ...nodes(true)})
    : path('connections', {...filter, limit: PAGE, after});
}

/** @param {boolean} cluster */
export function accountsPath(cluster) {
  return path('accounts', {limit: MOST, ...nodes(cluster)});
}

export function closePath(id, cluster) {
  return path(`connections/${id}`, nodes(cluster));
}

export function closeAccountPath(account, cluster) {
  return path(`accounts/${account}/connections`, nodes(cluster));
}

/**
 * Returns the clients of a page, and whether there is a next one.
 *
 * @param {Wanted} wanted
 * @param {any} body of the answer
 */
export function clientsPage({cluster, page}, body) {
  const rows = cluster ? body.connections.slice(page * PAGE, (page + 1) * PAGE) : body.connections;
  const full = cluster && (page + 1) * PAGE >= MOST;
  return {
    rows,
    next: cluster ? body.more && !full && rows.length === PAGE : body.next !== undefined,
    hint: cluster && body.more && (full || rows.length < PAGE) ? 'There are more clients. Narrow the list by the conditions.' : '',
  };
}

/**
 * @param {any[]} accounts
 * @param {string} by the name of a field
 * @param {boolean} descending
 */
export function sorted(accounts, by, descending) {
  const sign = descending ? -1 : 1;
  const value = account => account[by] ?? 0;
  return [...accounts].sort((one, other) =>
    sign * (value(one) < value(other) ? -1 : value(one) > value(other) ? 1 : 0) ||
    (one.account_id < other.account_id ? -1 : 1));
}

/**
 * Returns the nodes of an answer. Of one node alone, the API does not name the host.
 *
 * @param {any[]} bodies the answers, each of the same nodes
 * @param {string} version of the node that serves this page
 * @param {string} address of the same
 */
export function nodeRows(bodies, version, address) {
  const rows = new Map();
  for (const body of bodies) {
    for (const {node, host, answered} of body.nodes ?? [{node: body.node, host: '', answered: true}]) {
      const own = node === body.node;
      rows.set(node, {
        node,
        host: host || '–',
        version: own ? version : '–',
        address: own ? address : '–',
        answered: answered && (rows.get(node)?.answered ?? true),
      });
    }
  }
  return [...rows.values()];
}

/** Says whether a node has answered. */
export function nodeState({answered}) {
  return answered ? 'Answered' : `Did not answer within ${WAIT} s`;
}

/** Formats bytes as `1.5 kB`. */
export function bytes(value) {
  if (value < 1000) {
    return `${value} B`;
  }
  const [size, unit] = value < 1e6 ? [1e3, 'kB'] : value < 1e9 ? [1e6, 'MB'] : [1e9, 'GB'];
  const scaled = value / size;
  return `${scaled < 100 ? scaled.toFixed(1) : scaled.toFixed(0)} ${unit}`;
}

/** Formats a duration in seconds. */
export function seconds(value) {
  if (value === 0) {
    return '0';
  }
  if (value < 1) {
    return `${Math.round(value * 1000)} ms`;
  }
  return value < 100 ? `${value.toFixed(1)} s` : `${number(value)} s`;
}

/** Formats events per second; an answer of an older node has none. */
export function rate(value) {
  return value === undefined ? '–' : value < 100 ? value.toFixed(1) : number(value);
}

const CODE = 'Its close code is 4403. The example clients and tail do not reconnect after it; other clients may, unless their token is revoked too.';
const CODES = CODE.replace('Its', 'Their');

/** What closing a client does, for the person who confirms it. */
export function closeWords(client) {
  return [
    `The client at ${client.address || 'an unknown address'} (account ${client.account_id}) gets what is queued for it, ` +
      `${plural(client.queued_events, 'event')}, and then its connection is closed.`,
    CODE,
    'The log of the node has the name of the operator.',
  ];
}

/** What closing all clients of an account does. */
export function closeAccountWords(account, cluster) {
  return [
    `All clients of the account ${account.account_id} on ${cluster ? 'all nodes' : 'this node'}, ${number(account.connections)} at the last answer, ` +
      'get what is queued for them, and then their connections are closed.',
    CODES,
    'New connections of the account are not prevented.',
  ];
}

/** What has been closed, and where that is unknown. */
export function closedText(body) {
  const silent = (body.nodes ?? []).filter(({answered}) => !answered).map(({node, host}) => host || node);
  const closed = `${plural(body.closed, 'connection')} closed.`;
  return silent.length === 0
    ? closed
    : `${closed} No answer of ${silent.join(', ')} within ${WAIT} s: clients there may still be connected.`;
}
