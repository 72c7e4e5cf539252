/** The parts of the operators' page: which tables and fields it has. */
import {el, number, plural} from './dom.js';
import {clock} from './event.js';
import {bytes, nodeState, rate, seconds} from './operatordata.js';
import {Table} from './operatortable.js';

export const time = when => clock(when).replace(/\.\d+$/, '');

export function nodesTable() {
  return new Table('Nodes', [
    {id: 'node', name: 'Node', text: ({node}) => node},
    {id: 'host', name: 'Host', text: ({host}) => host},
    {id: 'state', name: 'State', text: nodeState, alarming: ({answered}) => !answered},
    {id: 'address', name: 'Address', title: 'As this page has reached it', text: ({address}) => address},
    {id: 'version', name: 'Version', text: ({version}) => version},
  ], ({node}) => node);
}

const count = (id, name, title, alarming = undefined) =>
  ({id, name, title, numeric: true, sorts: true, text: account => number(account[id] ?? 0), alarming});

const size = (id, name, title) => ({id, name, title, numeric: true, sorts: true, text: account => bytes(account[id] ?? 0)});

/**
 * @param {{sort: (column: string) => void, choose: (account: any) => void, close: (account: any) => void}} callbacks
 */
export function accountsTable({sort, choose, close}) {
  return new Table('Accounts', [
    {
      id: 'account_id', name: 'Account', sorts: true, text: account => account.account_id,
      button: row => el('button.link.mono', {type: 'button', title: 'Show only its clients', 'data-test': 'account', click: () => choose(row.item)}),
    },
    count('connections', 'Clients', 'Connected clients'),
    {
      id: 'events_per_second', name: 'Events/s', title: 'Events from Redis per second, over the last 5 to 10 s', numeric: true, sorts: true,
      text: account => rate(account.events_per_second),
    },
    count('matched', 'Matched', 'Pairs of an event and a client whose filter it passes'),
    count('delivered', 'Delivered', 'The delivered ones of these pairs'),
    count('dropped', 'Dropped', 'The others of these pairs', ({dropped}) => dropped > 0),
    count('gaps', 'Gaps', 'Ended intervals in which events may have been lost', ({gaps}) => gaps > 0),
    size('filter_bytes', 'Index', 'Memory of the filters of its clients'),
    size('queued_bytes', 'Queued', 'Memory of the events that are queued for its clients'),
    {
      id: 'close', name: 'Close', text: () => 'Close all',
      button: row => el('button.small', {
        type: 'button', 'data-test': 'close-account', click: () => close(row.item), 'aria-label': `Close all clients of ${row.item.account_id}`,
      }),
    },
  ], ({account_id}) => account_id, sort);
}

/** @param {{show: (client: any) => void, close: (client: any) => void}} callbacks */
export function clientsTable({show, close}) {
  return new Table('Clients', [
    {
      id: 'id', name: 'Client', text: ({id}) => id,
      button: row => el('button.link.mono', {type: 'button', title: 'Show all of it', 'data-test': 'client', click: () => show(row.item)}),
    },
    {id: 'address', name: 'Address', text: ({address}) => address || '–'},
    {id: 'account', name: 'Account', long: true, text: ({account_id}) => account_id},
    {id: 'since', name: 'Since', text: ({since}) => time(since)},
    {id: 'filter', name: 'Filter', long: true, text: ({filter}) => filter || '–'},
    {id: 'queued', name: 'Queued', numeric: true, text: ({queued_bytes}) => bytes(queued_bytes), alarming: ({lag}) => lag >= 1},
    {id: 'lag', name: 'Lag', title: 'For how long the oldest queued event has been queued', numeric: true, text: ({lag}) => seconds(lag), alarming: ({lag}) => lag >= 1},
    {id: 'delivered', name: 'Delivered', numeric: true, text: ({delivered}) => number(delivered)},
    {id: 'dropped', name: 'Dropped', numeric: true, text: ({dropped}) => number(dropped), alarming: ({dropped}) => dropped > 0},
    {id: 'slow', name: 'Slow', title: 'What happens when it does not keep up', text: ({slow}) => slow},
    {id: 'agent', name: 'User agent', long: true, text: ({user_agent}) => user_agent || '–'},
    {id: 'request', name: 'Request id', title: 'In the log', long: true, text: ({request_id}) => request_id},
    {
      id: 'close', name: 'Close', text: () => 'Close',
      button: row => el('button.small', {
        type: 'button', 'data-test': 'close-client', click: () => close(row.item), 'aria-label': `Close ${row.item.id}`,
      }),
    },
  ], ({id}) => id);
}

function field(label, name, input) {
  input.id = `operator-${name}`;
  input.setAttribute('data-test', `filter-${name}`);
  input.setAttribute('name', name);
  return el('div.field', {}, el('label', {for: input.id}, label), input);
}

const text = (attributes = {}) => el('input.text', {type: 'text', autocomplete: 'off', spellcheck: 'false', autocapitalize: 'off', ...attributes});

/** The conditions of the list of clients, by the names of the API's parameters. */
export function conditions() {
  const slow = el('select.text', {}, ...['', 'close', 'drop_oldest', 'latest'].map(value => el('option', {value}, value || 'any')));
  return [
    field('Account', 'account_id', text({placeholder: 'UUID'})),
    field('Address', 'address', text({placeholder: 'IP'})),
    field('Slow', 'slow', slow),
    field('Queued bytes, at least', 'queued_bytes__gte', text({inputmode: 'numeric'})),
    field('Dropped, at least', 'dropped__gte', text({inputmode: 'numeric'})),
  ];
}

/** Says how many clients are listed, and on which page. */
export function pageText(shown, page) {
  if (shown === 0) {
    return page === 0 ? 'No client fits.' : 'No more clients.';
  }
  return page === 0 ? plural(shown, 'client') : `Page ${page + 1}: ${plural(shown, 'client')}`;
}
