// Leads old addresses to their page, marks the current section in the contents, and starts the search.

const hashOf = (location) => {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return location.hash.slice(1);
  }
};

/** The manual was one page once, so links may have an anchor of another page. The build lists the page of each anchor. */
async function followAnchor() {
  const anchor = hashOf(window.location);
  if (anchor === '' || document.getElementById(anchor)) {
    return;
  }
  const pages = await (await fetch('anchors.json')).json();
  if (Object.hasOwn(pages, anchor)) {
    window.location.replace(`${pages[anchor]}#${encodeURIComponent(anchor)}`);
  }
}

const contents = document.getElementById('contents');
const sections = [...contents.querySelectorAll('a[href^="#"]')].map((link) => ({
  link,
  heading: document.getElementById(hashOf(link)),
}));

/** Marks the last section that begins above the upper part of the window. */
function markSection() {
  const passed = sections.filter(({ heading }) => heading.getBoundingClientRect().top < 140);
  const current = passed.at(-1);
  for (const section of sections) {
    if (section === current) {
      section.link.setAttribute('aria-current', 'location');
    } else {
      section.link.removeAttribute('aria-current');
    }
  }
}

let marking = false;
function markSoon() {
  if (!marking) {
    marking = true;
    requestAnimationFrame(() => {
      marking = false;
      markSection();
    });
  }
}

const box = document.getElementById('search');
let search;

/** Loads the search and its index, at most once. */
function prepareSearch() {
  search ??= import('./search.js').then((module) => module.start(box));
}

followAnchor();
window.addEventListener('hashchange', followAnchor);
window.addEventListener('scroll', markSoon, { passive: true });
window.addEventListener('resize', markSoon, { passive: true });
markSection();
contents.querySelector('[aria-current="page"]')?.scrollIntoView({ block: 'nearest' });
contents.addEventListener('click', (event) => {
  if (event.target.closest('a[href^="#"]') && contents.matches(':popover-open')) {
    contents.hidePopover();
  }
});
box.closest('[role="search"]').hidden = false;
box.addEventListener('focus', prepareSearch, { once: true });
document.addEventListener('keydown', (event) => {
  const typing = event.target.matches('input, textarea, select, [contenteditable]');
  if (event.key === '/' && !typing && !event.ctrlKey && !event.altKey && !event.metaKey) {
    event.preventDefault();
    box.focus();
  }
});
