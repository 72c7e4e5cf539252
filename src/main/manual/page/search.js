// Searches titles, headings and texts of all sections. Lunr indexes the sections, which the build lists in search.json.

const MOST = 12;
const EXCERPT = 110; // characters

const panel = document.getElementById('search-panel');
const list = document.getElementById('found');
const state = document.getElementById('search-state');

/** Lunr is a script, not a module. */
function loadLibrary() {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = 'lunr.js';
    script.addEventListener('load', () => resolve(window.lunr));
    script.addEventListener('error', () => reject(new Error('lunr.js')));
    document.head.append(script);
  });
}

async function readIndex() {
  const [lunr, answer] = await Promise.all([loadLibrary(), fetch('search.json')]);
  if (!answer.ok) {
    throw new Error(`search.json: ${answer.status}`);
  }
  const sections = await answer.json();
  // Names such as QUEUE_LIMIT_BYTES are found by each of their words.
  lunr.tokenizer.separator = /[^\p{L}\p{N}]/u;
  const index = lunr(function () {
    this.ref('id');
    this.field('title', { boost: 10 });
    this.field('page', { boost: 3 });
    this.field('text');
    sections.forEach((section) => this.add(section));
  });
  return { index, sections: new Map(sections.map((section) => [section.id, section])) };
}

/** Sections with all words, or words that begin with them; otherwise those that have most of them, with a typing error. */
function find(index, query) {
  const { Query, stopWordFilter, tokenizer } = window.lunr;
  const stems = index.pipeline.run(tokenizer(query).filter(stopWordFilter)).map(String);
  const search = (options) => index.query((clauses) => stems.forEach((stem) => clauses.term(stem, { usePipeline: false, ...options })));
  if (stems.length === 0) {
    return { hits: [], stems };
  }
  const hits = search({ presence: Query.presence.REQUIRED, wildcard: Query.wildcard.TRAILING });
  return { hits: hits.length > 0 ? hits : search({ editDistance: 1 }), stems };
}

/** A part of the text, around the first word that was found. */
function excerpt(text, terms) {
  const lower = text.toLowerCase();
  const places = terms.map((term) => lower.indexOf(term)).filter((place) => place >= 0);
  const from = Math.max(0, Math.min(...places, text.length) - EXCERPT / 3);
  const start = places.length === 0 || from < 20 ? 0 : text.indexOf(' ', from) + 1;
  return (start > 0 ? '… ' : '') + text.slice(start, start + EXCERPT) + (text.length > start + EXCERPT ? ' …' : '');
}

function option(section, terms, number) {
  const item = document.createElement('li');
  item.id = `found-${number}`;
  item.setAttribute('role', 'option');
  item.setAttribute('aria-selected', 'false');
  item.dataset.target = section.id;
  const title = document.createElement('b');
  title.textContent = section.title === section.page ? section.title : `${section.title} – ${section.page}`;
  const text = document.createElement('span');
  text.textContent = excerpt(section.text, terms);
  item.append(title, text);
  return item;
}

/** Connects the search with its box, and shows what is found for the text that is already there. */
export async function start(box) {
  let selected = -1;

  const close = () => {
    panel.hidden = true;
    selected = -1;
    box.setAttribute('aria-expanded', 'false');
    box.removeAttribute('aria-activedescendant');
  };

  const select = (number) => {
    const items = list.children;
    selected = (number + items.length) % items.length;
    for (const item of items) {
      item.setAttribute('aria-selected', String(item === items[selected]));
    }
    items[selected].scrollIntoView({ block: 'nearest' });
    box.setAttribute('aria-activedescendant', items[selected].id);
  };

  const go = (item) => {
    close();
    window.location.assign(item.dataset.target);
  };

  let index;
  let sections;
  const show = () => {
    const query = box.value.trim();
    if (query === '') {
      close();
      return;
    }
    const { hits: found, stems } = find(index, query);
    const shown = found.slice(0, MOST);
    list.replaceChildren(...shown.map((hit, number) => option(sections.get(hit.ref), stems, number)));
    list.hidden = shown.length === 0;
    state.textContent =
      found.length === 0
        ? `Nothing found for “${query}”.`
        : `${found.length} section${found.length === 1 ? '' : 's'} found${found.length > MOST ? `, the best ${MOST} shown` : ''}.`;
    panel.hidden = false;
    box.setAttribute('aria-expanded', String(shown.length > 0));
    if (shown.length > 0) {
      select(0);
    } else {
      box.removeAttribute('aria-activedescendant');
    }
  };

  try {
    ({ index, sections } = await readIndex());
  } catch (failure) {
    state.textContent = `The search is not available: ${failure.message}`;
    list.hidden = true;
    panel.hidden = false;
    return;
  }

  box.addEventListener('input', show);
  box.addEventListener('focus', show);
  box.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') {
      close();
    } else if (panel.hidden || list.children.length === 0 || list.hidden) {
      return;
    } else if (event.key === 'ArrowDown') {
      select(selected + 1);
    } else if (event.key === 'ArrowUp') {
      select(selected - 1);
    } else if (event.key === 'Enter') {
      go(list.children[selected]);
    } else {
      return;
    }
    event.preventDefault();
  });
  // Before the box loses the focus, which closes the list.
  panel.addEventListener('mousedown', (event) => event.preventDefault());
  list.addEventListener('click', (event) => {
    const item = event.target.closest('li');
    if (item) {
      go(item);
    }
  });
  box.addEventListener('blur', close);
  show();
}
