/** The operators' page: nodes, accounts and clients, which it reads again every few seconds. */
import {byId, el, number} from './dom.js';
import {OperatorApi} from './operatorapi.js';
import {
  accountsPath, clientsPage, clientsPath, closeAccountPath, closeAccountWords, closedText, closePath, closeWords, nodeRows, sorted,
} from './operatordata.js';
import {confirmDialog, detailsDialog} from './operatordialogs.js';
import {SignIn} from './operatorsignin.js';
import {accountsTable, clientsTable, conditions, nodesTable, pageText, time} from './operatorview.js';

const EVERY = 3000;
/** How soon a page that holds still is checked again. */
const CHECK = 500;
const ACCOUNTS_SHOWN = 50;

/**
 * Adds the page to the document, hidden.
 *
 * @param {HTMLElement} before
 */
export function operatorPage(before) {
  document.head.append(el('link', {rel: 'stylesheet', href: 'console/operator.css'}));
  const api = new OperatorApi((...request) => fetch(...request));
  let version = '–';
  let shown = false;
  let timer = 0;
  /** The number of the newest request; answers of older ones are ignored. */
  let asked = 0;
  let answered = '';
  let failing = '';
  let mayClose = true;
  let all = [];
  let sort = {by: 'connections', descending: true};
  let allAccounts = false;
  /** Where each page of clients begins, on one node. */
  let starts = [''];
  const wanted = {cluster: true, filter: {}, page: 0, after: ''};

  // ------------------------------------------------------------------- parts

  const confirm = confirmDialog();
  const details = detailsDialog(closeClient, () => answered);
  const nodes = nodesTable();
  const accounts = accountsTable({sort: sortBy, choose: chooseAccount, close: closeAccount});
  const clients = clientsTable({show: client => details.open(client, mayClose), close: closeClient});

  const signIn = new SignIn(refresh);
  const off = el('p.notice', {role: 'alert', 'data-test': 'operator-off', hidden: true});
  const failure = el('p.notice', {role: 'alert', 'data-test': 'operator-failure', hidden: true});
  const said = el('p.said', {role: 'status', 'data-test': 'operator-said'});
  const when = el('p.hint', {'data-test': 'operator-time'});
  const scope = ['node', 'all'].map(value => el('button.toggle', {
    type: 'button', 'aria-pressed': String(value === 'all'), 'data-test': `scope-${value}`, click: () => choose(value === 'all'),
  }, value === 'all' ? 'All nodes' : 'This node'));
  const readOnly = el('p.hint', {'data-test': 'operator-read-only', hidden: true}, 'This token may only read, so connections cannot be closed here.');
  const moreAccounts = el('button.small', {type: 'button', 'data-test': 'more-accounts', click: () => {
    allAccounts = !allAccounts;
    drawAccounts();
  }});
  const accountsHint = el('p.hint');
  const clientsHeading = el('h3', {id: 'operator-clients', tabindex: '-1', 'data-test': 'clients-heading'}, 'Clients');
  const accountsHeading = el('h3', {id: 'operator-accounts', tabindex: '-1', 'data-test': 'accounts-heading'}, 'Accounts');
  const form = /** @type {HTMLFormElement} */ (el('form.conditions', {submit: apply, 'aria-label': 'Conditions of the list of clients'}, ...conditions(),
    el('div.row', {}, el('button.primary', {type: 'submit', 'data-test': 'apply'}, 'Apply'), el('button', {type: 'button', click: clear, 'data-test': 'clear-conditions'}, 'Clear'))));
  const conditionFault = el('p.fault', {role: 'alert', 'data-test': 'condition-fault'});
  const pageHint = el('p.hint', {'data-test': 'clients-page'});
  const previous = el('button.small', {type: 'button', 'data-test': 'previous', click: () => turn(-1)}, 'Previous');
  const next = el('button.small', {type: 'button', 'data-test': 'next', click: () => turn(1)}, 'Next');

  const lists = el('div.lists', {hidden: true, 'data-test': 'operator-lists'},
    el('div.head', {}, el('div.toggles', {role: 'group', 'aria-label': 'Which nodes'}, ...scope), when,
      el('button.small', {type: 'button', 'data-test': 'refresh', click: () => refresh()}, 'Refresh'),
      el('button.small', {type: 'button', 'data-test': 'forget', click: forget}, 'Forget the token')),
    readOnly,
    el('section', {'aria-labelledby': 'operator-nodes', 'data-test': 'nodes'}, el('h3', {id: 'operator-nodes'}, 'Nodes'), nodes.node),
    el('section', {'aria-labelledby': 'operator-accounts', 'data-test': 'accounts'}, accountsHeading, accounts.node, el('div.row', {}, moreAccounts, accountsHint)),
    el('section', {'aria-labelledby': 'operator-clients', 'data-test': 'clients'}, clientsHeading, form, conditionFault, clients.node,
      el('div.row', {}, previous, next, pageHint)));

  const title = el('h2', {id: 'operator-title', tabindex: '-1'}, 'Operators');
  const root = el('main.operator', {hidden: true, 'aria-labelledby': 'operator-title', 'data-test': 'operator'},
    el('div.head', {}, title, el('a', {href: '#', 'data-test': 'back'}, 'Back to the events')),
    off, failure, said, signIn.node, lists, confirm.node, details.node);
  before.after(root);
  // The button that opened the dialog is hidden if the token turned out to lack the scope.
  confirm.node.addEventListener('close', () => document.activeElement === document.body && title.focus());

  // ------------------------------------------------------------------- token

  function forget() {
    askToken('');
    say('The token is forgotten.');
  }

  function askToken(why) {
    asked++;
    clearTimeout(timer);
    fail('');
    showScope(true);
    lists.hidden = true;
    signIn.ask(why);
  }

  // ------------------------------------------------------------------- answers

  /** Why the page holds still, or an empty text. */
  function held() {
    if (confirm.node.open || details.node.open) {
      return 'holds still while a dialog is open';
    }
    if ([accounts, clients].some(({body}) => body.contains(document.activeElement))) {
      return 'holds still while the focus is in a table';
    }
    return accounts.pointed || clients.pointed ? 'holds still while the pointer is in a table' : '';
  }

  function tick() {
    clearTimeout(timer);
    if (!shown || document.hidden || lists.hidden) {
      return;
    }
    const why = held();
    drawTime(why);
    if (why === '') {
      refresh();
    } else {
      timer = setTimeout(tick, CHECK);
    }
  }

  async function refresh() {
    clearTimeout(timer);
    const mine = ++asked;
    api.token = signIn.token;
    const [accountsAnswer, clientsAnswer] = await Promise.all([
      api.send('GET', accountsPath(wanted.cluster)),
      api.send('GET', clientsPath(wanted)),
    ]);
    if (mine !== asked) {
      return;
    }
    const fault = accountsAnswer.fault;
    off.hidden = fault?.kind !== 'off';
    off.textContent = fault?.kind === 'off' ? fault.text : '';
    if (fault?.kind === 'token') {
      askToken(fault.text);
      return;
    }
    if (fault?.kind === 'off') {
      fail('');
      signIn.node.hidden = true;
      lists.hidden = true;
      return;
    }
    signIn.node.hidden = true;
    lists.hidden = false;
    // A condition that the API rejects concerns only the clients.
    const rejected = fault === undefined && clientsAnswer.fault?.kind === 'other' ? clientsAnswer.fault.text : '';
    set(conditionFault, rejected);
    fail(fault?.text ?? (rejected === '' ? clientsAnswer.fault?.text ?? '' : ''));
    draw(accountsAnswer.body, clientsAnswer.body);
    timer = setTimeout(tick, EVERY);
  }

  function draw(accountsBody, clientsBody) {
    const bodies = [accountsBody, clientsBody].filter(body => body !== undefined);
    if (bodies.length > 0) {
      answered = time(new Date().toISOString());
      nodes.show(nodeRows(bodies, version, location.host));
    }
    if (accountsBody !== undefined) {
      all = accountsBody.accounts;
      accountsHint.textContent = accountsBody.next === undefined ? '' : `Only the first ${number(all.length)} accounts, by id, are read.`;
      drawAccounts();
    }
    if (clientsBody !== undefined) {
      const page = clientsPage(wanted, clientsBody);
      clients.show(page.rows);
      starts[wanted.page + 1] = clientsBody.next ?? '';
      pageHint.textContent = `${pageText(page.rows.length, wanted.page)}. ${page.hint}`;
      previous.disabled = wanted.page === 0;
      next.disabled = !page.next;
    }
    drawTime('');
  }

  function drawAccounts() {
    const rows = sorted(all, sort.by, sort.descending);
    accounts.mark(sort.by, sort.descending);
    accounts.show(allAccounts ? rows : rows.slice(0, ACCOUNTS_SHOWN));
    moreAccounts.hidden = rows.length <= ACCOUNTS_SHOWN;
    moreAccounts.textContent = allAccounts ? `Show ${ACCOUNTS_SHOWN}` : `Show all ${number(rows.length)}`;
  }

  function drawTime(why) {
    set(when, answered === '' ? '' : `Last answer at ${answered}${why && `; ${why}`}`);
  }

  /** Changes a text only if it is another one, so that it is not announced again. */
  function set(node, text) {
    if (node.textContent !== text) {
      node.textContent = text;
    }
  }

  function fail(text) {
    if (text !== failing) {
      failing = text;
      failure.hidden = text === '';
      failure.textContent = text === '' ? '' : `${text} (since ${time(new Date().toISOString())})`;
    }
  }

  function say(text) {
    said.textContent = text;
  }

  // ------------------------------------------------------------------- choices

  function choose(cluster) {
    wanted.cluster = cluster;
    scope.forEach((button, i) => button.setAttribute('aria-pressed', String(cluster === (i === 1))));
    first();
  }

  /** Reads the first page. */
  function first() {
    starts = [''];
    wanted.page = 0;
    wanted.after = '';
    refresh();
  }

  function turn(by) {
    // Where the page after next begins is known after the next answer.
    if (!wanted.cluster && starts[wanted.page + by] === undefined) {
      return;
    }
    wanted.page += by;
    wanted.after = starts[wanted.page];
    refresh();
  }

  function sortBy(column) {
    sort = {by: column, descending: sort.by === column ? !sort.descending : column !== 'account_id'};
    drawAccounts();
  }

  function apply(event) {
    event?.preventDefault();
    wanted.filter = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value).trim()]));
    first();
  }

  function clear() {
    form.reset();
    apply();
  }

  function chooseAccount(account) {
    form.reset();
    byId('operator-account_id').value = account.account_id;
    apply();
    clientsHeading.focus();
    say(`Clients of the account ${account.account_id}`);
  }

  // ------------------------------------------------------------------- closing

  function closeClient(client) {
    confirm.open('Close this connection?', 'Close the connection', closeWords(client),
      () => close(closePath(client.id, wanted.cluster)), () => closed(clientsHeading));
  }

  function closeAccount(account) {
    confirm.open('Close all connections of this account?', `Close ${number(account.connections)}`, closeAccountWords(account, wanted.cluster),
      () => close(closeAccountPath(account.account_id, wanted.cluster)), () => closed(accountsHeading));
  }

  /** Returns why nothing was closed, or an empty text. */
  async function close(path) {
    const {body, fault} = await api.send('DELETE', path);
    if (fault !== undefined) {
      showScope(mayClose && fault.kind !== 'scope');
      return fault.text;
    }
    say(closedText(body));
    return '';
  }

  /** The focus would return to a row that may be gone, and would hold the lists still. */
  function closed(heading) {
    heading.focus();
    refresh();
  }

  function showScope(closes) {
    mayClose = closes;
    readOnly.hidden = mayClose;
    root.toggleAttribute('data-read-only', !mayClose);
  }

  // ------------------------------------------------------------------- start

  fetch('console/settings.json').then(answer => answer.json()).then(settings => (version = settings.version)).catch(() => {});
  document.addEventListener('visibilitychange', tick);

  return {
    show() {
      if (shown) {
        return;
      }
      shown = true;
      root.hidden = false;
      start();
    },
    hide() {
      shown = false;
      asked++;
      clearTimeout(timer);
      details.node.close();
      confirm.node.close();
      root.hidden = true;
    },
  };

  async function start() {
    if (signIn.token !== '') {
      await refresh();
      return;
    }
    askToken('');
    // The answer to a request without a token says whether there is an operators' API at all.
    api.token = '';
    const {fault} = await api.send('GET', accountsPath(false));
    if (fault?.kind === 'off') {
      off.hidden = false;
      off.textContent = fault.text;
      signIn.node.hidden = true;
    } else if (fault !== undefined && fault.kind !== 'token') {
      fail(fault.text);
    }
  }
}
