/** Creates elements without markup: texts of events are inserted as text, so they cannot become code. */

/**
 * @param {string} tag with its classes, such as `button.chip.small`
 * @param {Record<string, any>} [attributes] functions are listeners; null and false are left out
 * @param {...(Node|string|null|undefined|false)} children
 */
export function el(tag, attributes = {}, ...children) {
  const [name, ...classes] = tag.split('.');
  const node = document.createElement(name);
  if (classes.length > 0) {
    node.className = classes.join(' ');
  }
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function') {
      node.addEventListener(key, value);
    } else if (value !== null && value !== undefined && value !== false) {
      node.setAttribute(key, value === true ? '' : String(value));
    }
  }
  node.append(.../** @type {(Node|string)[]} */ (children.filter(child => child || child === 0)));
  return node;
}

/** @returns {any} the element, which must exist */
export function byId(id) {
  const node = document.getElementById(id);
  if (node === null) {
    throw new Error(`${id}: no such element`);
  }
  return node;
}

const count = new Intl.NumberFormat('en', {maximumFractionDigits: 0});

/** Formats a number as `12,345`. */
export function number(value) {
  return count.format(value);
}

/** Formats a count with its noun: `plural(2, 'event')` is `2 events`. */
export function plural(value, noun) {
  return `${number(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** Saves a text as a file of the user. */
export function download(name, type, text) {
  const url = URL.createObjectURL(new Blob([text], {type}));
  const link = /** @type {HTMLAnchorElement} */ (el('a', {href: url, download: name}));
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

/** Copies a text, and confirms it on the button for a moment. */
export async function copy(button, text) {
  const before = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = 'Copied';
  } catch {
    // Pages have no clipboard without https, except on localhost.
    button.textContent = copyBySelection(text) ? 'Copied' : 'Not allowed';
  }
  setTimeout(() => (button.textContent = before), 1500);
}

function copyBySelection(text) {
  const area = el('textarea.offscreen', {'aria-hidden': 'true', tabindex: '-1'});
  area.value = text;
  (document.querySelector('dialog[open]') ?? document.body).append(area);
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  return done;
}
