/** The page: creates the form from the contract, connects with its filters, and shows the events. */
import {ruleOf} from './alerts.js';
import {alertsDialog} from './alertsdialog.js';
import {Connection} from './connection.js';
import {controls as readControls} from './contract.js';
import {pasteDialog, snippetsDialog} from './dialogs.js';
import {byId, copy, download, el, number, plural} from './dom.js';
import {clock, kind, lag, shownTraits, zone} from './event.js';
import {csv, jsonLines} from './export.js';
import {Feed, heldText} from './feed.js';
import {FilterForm} from './form.js';
import {Hits, mayPlay} from './hits.js';
import {Inspector} from './inspector.js';
import {Interruptions} from './interruptions.js';
import {traitMenu} from './menu.js';
import {Meter} from './meter.js';
import {usePictures} from './picture.js';
import {filterQuery, pageQuery, parse, same} from './query.js';
import {requests} from './requests.js';
import {route} from './route.js';
import {spark} from './spark.js';
import {status} from './status.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const TOKEN = 'luna.token';
const DEBOUNCE = 350;
const TICK = 250;
const ANNOUNCE_EVERY = 30_000;
const SUGGESTIONS = 100;

const load = name => fetch(`console/${name}`).then(answer => answer.json());
const [contract, settings] = await Promise.all([load('contract.json'), load('settings.json')]);
const controls = readControls(contract);
const parameters = controls.flatMap(({params}) => params);
const lists = controls.filter(({kind}) => kind === 'many' || kind === 'texts').flatMap(({params}) => params);

const accountInput = byId('account');
const tokenInput = byId('token');
const base = new URL('.', location.href).href;

/** The current account and filter. */
let account = '';
/** @type {import('./query.js').Filter} */
let filter = new Map();
/** The filters of the page's URL if the form cannot show all of them; the service then reports the fault. */
let raw = null;
let stats = null;
/** When this stream was last lost, or 0. */
let lostAt = 0;
/** Whether events of the past arrive. */
let replaying = false;
/** Whether these are events that this page has missed. */
let resuming = false;
/** The interruptions of this connection. */
const interruptions = new Interruptions(settings.history);
/** The live events of this stream, over all of its connections. */
let received = new Meter();
/** The events of the history. */
let past = 0;
/** What the service had counted before the current connection. */
let before = {seen: 0, passed: 0};
let skipped = new Meter();
let debounce = 0;
/** The query of the page's URL for which the stream was opened; the hash may change without it. */
let search = location.search;

// ------------------------------------------------------------------- announcements for screen readers

let announced = 0;
function announce(text) {
  byId('announcer').textContent = text;
}
setInterval(() => {
  const fresh = received.total - announced;
  announced = received.total;
  if (fresh > 0 && document.visibilityState === 'visible') {
    announce(`${plural(fresh, 'event')} in the last ${ANNOUNCE_EVERY / 1000} seconds`);
  }
}, ANNOUNCE_EVERY);

// ------------------------------------------------------------------- the parts

const form = new FilterForm(byId('filters'), controls, () => {
  clearTimeout(debounce);
  debounce = setTimeout(apply, DEBOUNCE);
}, seen);

/** Returns the values of a filter in the events that were read, for suggestions. */
function seen(param) {
  const values = new Set();
  for (const {summary} of feed.shown()) {
    const traits = summary ? shownTraits(summary) : [];
    traits.filter(trait => trait.param === param).forEach(trait => values.add(trait.code));
    if (param === 'matching_candidates_labels' && summary?.match?.label) {
      values.add(summary.match.label);
    }
  }
  return [...values].sort().slice(0, SUGGESTIONS);
}

usePictures(settings.sample_url ?? '');
const api = requests(
  () => ({account, token: tokenInput.value.trim()}),
  contract.paths?.['/{api}/explain'] !== undefined);
const inspector = new Inspector(() => filterQuery(filter), body => api.explain(body));

const menu = traitMenu({
  only: ({param, code}) => {
    form.toggle(param, code);
    apply();
  },
  hide: trait => exclude([...feed.excluded, trait]),
});

const feed = new Feed(byId('feed'), byId('sentinel'), controls, {
  trait: (button, trait) => menu(button, trait, filter.get(trait.param)?.includes(trait.code) ?? false),
  open: (row, tab) => inspector.showRow(row, tab),
  held(waiting, kept) {
    const text = heldText(waiting, kept);
    byId('held').hidden = text === '';
    byId('held').textContent = text && `${text}: show`;
  },
  skipped: events => events > 0 && skipped.add(Date.now(), events),
});

/** Hides the events with these values, in this page only. */
function exclude(traits) {
  feed.exclude(traits);
  byId('hidden-values').hidden = traits.length === 0;
  byId('hidden-list').replaceChildren(...traits.map(trait =>
    el('li.chip', {},
      el('span.value', {title: `${trait.param}=${trait.code}`}, trait.name ? `${trait.name} ${trait.value}` : trait.value),
      el('button.x', {
        type: 'button',
        'aria-label': `Show ${trait.value} again`,
        click: () => exclude(traits.filter(one => one !== trait)),
      }, '×'))));
  tick();
}

const hits = new Hits(row => inspector.showRow(row, 'why'), announce);
/** @type {import('./alerts.js').Rule[]} */
let rules = [];
const alerts = alertsDialog(next => (rules = next), () => hits.allowSound());
byId('alerts-open').addEventListener('click', () =>
  alerts.suggest(new Set(feed.shown().flatMap(({summary}) => summary?.match?.label || []))));

/** Adds an event to the list, and lets it stand out if it fulfils a rule. */
function show(row) {
  row.alert = rules.length > 0 ? ruleOf(feed.read(row).match, rules) : null;
  feed.push(row);
  if (row.alert !== null) {
    hits.add(row, !row.past || resuming);
  }
}

const shown = status(() => connection.retry(), announce);

const connection = new Connection(
  {
    WebSocket,
    fetch: (...request) => fetch(...request),
    setTimeout: (action, wait) => setTimeout(action, wait),
    clearTimeout: timer => clearTimeout(timer),
    now: Date.now,
    random: Math.random,
    base,
  },
  state => {
    if (state.name === 'live') {
      // Its last counts are older than the last event.
      before = {seen: before.seen + (stats?.seen ?? 0) + received.total - before.passed - (stats?.passed ?? 0), passed: received.total};
      setStats(null);
      replaying = settings.history;
      resuming = settings.history && lostAt > 0;
      if (lostAt > 0 && !settings.history) {
        feed.push({frame: '', arrived: Date.now(), gap: {
          from: new Date(lostAt).toISOString(),
          to: new Date().toISOString(),
          cause: 'this page was not connected',
        }});
      }
      lostAt = 0;
    } else if (document.body.dataset.state === 'live' && state.name !== 'connecting') {
      lostAt = Date.now();
    }
    interruptions.clear();
    shown.show(state);
    shown.interrupt('');
    form.blame(state.parameter ?? null);
    if (state.name === 'token') {
      byId('token-box').open = true;
    }
    tick();
  },
  (frame, now) => {
    const what = kind(frame);
    if (what === 'event' || what === 'other') {
      publishing?.arrived(frame);
      if (replaying) {
        past++;
      } else {
        received.add(now);
        const late = lag(frame, now);
        if (late !== null) {
          received.late(now, late);
        }
      }
      show({frame, arrived: now, past: replaying});
    } else if (what === 'gap') {
      const {gap} = JSON.parse(frame);
      interruptions.end(gap);
      shown.interrupt(interruptionText());
      feed.push({frame, arrived: now, gap});
    } else if (what === 'interruption') {
      const {interruption} = JSON.parse(frame);
      interruptions.begin(interruption);
      shown.interrupt(interruptionText());
      feed.push({frame, arrived: now, gap: interruption});
    } else if (what === 'healed') {
      interruptions.end(JSON.parse(frame).healed);
      shown.interrupt(interruptionText());
    } else if (what === 'live') {
      replaying = false;
    } else if (what === 'stats') {
      setStats(JSON.parse(frame).stats);
    }
  });

snippetsDialog(() => ({
  origin: base.replace(/\/$/, ''),
  account,
  filter,
  token: settings.tokens || tokenInput.value !== '',
}));
pasteDialog(() => filterQuery(filter), (title, body, text) => inspector.showPasted(title, body, text));
/** Null where publishing is disabled; its code is not loaded then. */
const publishing = settings.publish
  ? (await import('./publishdialog.js').catch(() => null))?.publishDialog(controls, {
    ...api,
    filter: () => filterQuery(filter),
    live: () => document.body.dataset.state === 'live',
  })
  : null;

// ------------------------------------------------------------------- form, URL, connection

/** Connects with the values of the form, if they have changed. */
function apply() {
  clearTimeout(debounce);
  const nextAccount = accountInput.value.trim();
  const next = form.read();
  if (nextAccount !== account || !same(next, filter) || raw !== null) {
    const query = pageQuery(nextAccount, next);
    history.pushState(null, '', query ? `?${query}` : location.pathname);
    open(nextAccount, next);
  }
}

/** Returns whether the account is valid. It may be empty if there is a token that grants one account. */
function canOpen(candidate) {
  return candidate === '' ? tokenInput.value !== '' : UUID.test(candidate);
}

function open(nextAccount, next, asWritten = null) {
  search = location.search;
  const sameAccount = nextAccount === account;
  // The same stream, for example after a token has expired, keeps its counts.
  if (!sameAccount || !same(next, filter) || asWritten !== raw) {
    lostAt = 0;
    received = new Meter();
    past = 0;
    before = {seen: 0, passed: 0};
    setStats(null);
    skipped = new Meter();
    announced = 0;
    if (!sameAccount) {
      feed.clear();
      hits.clear();
    } else if (!feed.isEmpty) {
      feed.push({frame: '', arrived: Date.now(), cut: asWritten ?? filterQuery(next)});
      feed.show();
    }
  }
  account = nextAccount;
  filter = next;
  raw = asWritten;
  byId('warning').hidden = true;
  showQuery();
  const fine = canOpen(account);
  byId('account-fault').textContent =
    fine || account === '' ? '' : 'An account is a UUID, such as 8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a.';
  accountInput.setAttribute('aria-invalid', String(!fine && account !== ''));
  if (fine) {
    const query = [pageQuery(account, filter, raw), 'gaps=1', 'stats=1'].filter(Boolean).join('&');
    connection.open({path: `2/ws?${query}`, token: tokenInput.value.trim(), history: settings.history, account});
  } else {
    connection.close();
  }
  inspector.refresh();
}

/** Reads account and filter from the URL of the page, or takes the account that the service suggests. */
function read() {
  const page = parse(location.search, parameters, lists);
  accountInput.value = page.account || settings.account || '';
  form.write(page.filter);
  const shownFilter = form.read();
  const whole = page.broken.length === 0 && same(shownFilter, page.filter);
  open(accountInput.value, shownFilter, whole ? null : page.raw);
  const odd = [
    page.ignored.length > 0 && `Ignored, because they are not filters: ${page.ignored.join(', ')}.`,
  ].filter(Boolean);
  byId('warning').hidden = odd.length === 0;
  byId('warning').textContent = odd.join(' ');
}

function showQuery() {
  const query = raw ?? filterQuery(filter);
  byId('query').textContent = `/2/ws${query && '?' + query}`;
  byId('unfold').textContent = filter.size > 0 ? `${filter.size} set` : 'Show';
  byId('reset').disabled = filter.size === 0 && raw === null;
}

// ------------------------------------------------------------------- figures

function setStats(next) {
  stats = next;
  byId('share').hidden = next === null;
  if (next !== null) {
    byId('passed').textContent = number(before.passed + next.passed);
    byId('seen').textContent = `of ${number(before.seen + next.seen)}`;
  }
  form.showRefused(next);
}

function milliseconds(value) {
  if (Math.abs(value) >= 172_800_000) {
    return `${number(value / 86_400_000)} days`;
  }
  return Math.abs(value) < 10_000 ? `${number(value)} ms` : `${number(value / 1000)} s`;
}

function tick() {
  const now = Date.now();
  const rate = received.rate(now);
  byId('rate').textContent = rate < 10 ? rate.toFixed(1) : number(rate);
  byId('total').textContent = number(received.total);
  byId('past').textContent = past > 0 ? `+ ${number(past)} of the history` : '';
  const late = received.lag(now);
  byId('lag').textContent = late ? milliseconds(late.median) : '–';
  byId('lag-p95').textContent = late ? `p95 ${milliseconds(late.p95)}` : '';
  const missed = skipped.rate(now);
  byId('sampled').hidden = missed < 1;
  byId('sampled').textContent =
    `Too fast to show all: ${number(Math.max(0, rate - missed))} of ${number(rate)} events per second are shown, all are counted.`;
  spark(byId('spark'), received.series(now));
  const nothing = feed.hidesAll;
  byId('no-hit').hidden = !nothing;
  if (nothing) {
    byId('no-hit-text').textContent = feed.needle === ''
      ? 'All events have a value that is not shown.'
      : `None of the ${number(feed.list.size)} events here contains “${feed.needle}”.`;
  }
  byId('feed').hidden = nothing;
  byId('mute').hidden = mayPlay() || !rules.some(({sound}) => sound);
  byId('empty').hidden = !feed.isEmpty;
  byId('empty').textContent = emptyText();
  shown.tick();
}

/** Returns why events may be missing now, or an empty text. */
function interruptionText() {
  return interruptions.text(time => clock(time).replace(/\.\d+$/, ''));
}

function emptyText() {
  switch (document.body.dataset.state) {
    case 'idle':
      return canOpen(account) ? 'Not connected. Connect to see events as they happen.' : 'Enter an account to see its events as they happen.';
    case 'connecting':
      return 'Connecting…';
    case 'live':
      if (interruptionText() !== '') {
        return `${interruptionText()}.`;
      }
      return stats?.seen > 0 && stats.passed === 0
        ? `Live. ${plural(stats.seen, 'event')} seen; none has passed the filter.`
        : `Live. Events appear here as they happen${filter.size > 0 ? ' and pass the filter' : ''}.`;
    default:
      return '';
  }
}

// ------------------------------------------------------------------- buttons

byId('connect').addEventListener('submit', event => {
  event.preventDefault();
  clearTimeout(debounce);
  const query = pageQuery(accountInput.value.trim(), form.read());
  if (query !== location.search.slice(1)) {
    history.pushState(null, '', query ? `?${query}` : location.pathname);
  }
  open(accountInput.value.trim(), form.read());
});
accountInput.addEventListener('change', apply);
byId('disconnect').addEventListener('click', () => {
  connection.close();
  byId('connect-now').focus();
});
byId('reset').addEventListener('click', () => {
  form.write(new Map());
  apply();
});
byId('unfold').addEventListener('click', () => {
  const open = byId('unfold').getAttribute('aria-expanded') !== 'true';
  byId('unfold').setAttribute('aria-expanded', String(open));
  byId('filters').classList.toggle('open', open);
});
byId('pause').addEventListener('click', () => pause(!feed.paused));
byId('held').addEventListener('click', () => {
  pause(false);
  feed.show();
  byId('sentinel').scrollIntoView({block: 'start'});
});
byId('clear').addEventListener('click', () => {
  feed.clear();
  hits.clear();
  tick();
});
byId('search').addEventListener('input', event => {
  feed.search(event.target.value);
  tick();
});
byId('no-hit-reset').addEventListener('click', () => {
  byId('search').value = '';
  feed.search('');
  exclude([]);
  byId('search').focus();
});
byId('export-now').addEventListener('click', () => {
  const rows = feed.shown().filter(({gap, cut}) => !gap && cut === undefined);
  if (byId('export').value === 'json') {
    download('events.jsonl', 'application/x-ndjson', jsonLines(rows));
  } else {
    rows.forEach(row => feed.read(row));
    download('events.csv', 'text/csv', csv(rows));
  }
});
byId('zone').textContent = `Times in ${zone()}`;
byId('copy-link').addEventListener('click', event =>
  copy(event.currentTarget, `${base}?${pageQuery(account, filter, raw)}`));

function pause(paused) {
  feed.pause(paused);
  byId('pause').setAttribute('aria-pressed', String(paused));
  byId('pause').textContent = paused ? 'Resume' : 'Pause';
}

try {
  tokenInput.value = sessionStorage.getItem(TOKEN) ?? '';
} catch {
  // The token is then lost when the page is reloaded.
}
tokenInput.addEventListener('input', () => {
  try {
    sessionStorage.setItem(TOKEN, tokenInput.value.trim());
  } catch {
    // As above.
  }
});
byId('token-box').open = settings.tokens || tokenInput.value !== '';
addEventListener('popstate', () => location.search !== search && read());
addEventListener('online', () => document.body.dataset.state === 'waiting' && connection.retry());
document.addEventListener('themechange', tick);
setInterval(tick, TICK);
route(read);
