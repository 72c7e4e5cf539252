/** The menu of a value on a card. */
import {byId, copy} from './dom.js';

/**
 * @param {{only: (trait: import('./event.js').Trait) => void,
 *     hide: (trait: import('./event.js').Trait) => void}} callbacks
 * @returns {(button: HTMLElement, trait: import('./event.js').Trait, set: boolean) => void} opens it
 */
export function traitMenu({only, hide}) {
  const menu = byId('menu');
  const items = [...menu.querySelectorAll('[role=menuitem]')];
  /** @type {import('./event.js').Trait|null} */
  let trait = null;
  let opener = null;

  const actions = {
    only: () => only(trait),
    hide: () => hide(trait),
    copy: item => copy(item, trait?.code ?? ''),
  };
  menu.addEventListener('click', event => {
    const item = event.target.closest('[data-choice]');
    if (item !== null && trait !== null) {
      actions[item.dataset.choice](item);
      if (item.dataset.choice !== 'copy') {
        menu.hidePopover();
      }
    }
  });
  menu.addEventListener('keydown', event => {
    const at = items.indexOf(document.activeElement);
    const next = {ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1}[event.key];
    if (next !== undefined) {
      event.preventDefault();
      items.at(next % items.length).focus();
    }
  });
  menu.addEventListener('toggle', event => {
    const lost = menu.contains(document.activeElement) || document.activeElement === document.body;
    if (event.newState === 'closed' && lost) {
      // A hidden value's card is gone.
      (opener?.isConnected ? opener : byId('feed-title')).focus();
    }
  });

  return (button, chosen, set) => {
    trait = chosen;
    opener = button;
    byId('menu-title').textContent = `${chosen.param}=${chosen.code}`;
    byId('menu-only').textContent = set ? 'Not in the filter any more' : 'Only this';
    menu.showPopover();
    const place = button.getBoundingClientRect();
    menu.style.left = `${Math.max(4, Math.min(place.left, innerWidth - menu.offsetWidth - 4))}px`;
    menu.style.top = `${place.bottom + menu.offsetHeight + 4 > innerHeight ? Math.max(4, place.top - menu.offsetHeight - 2) : place.bottom + 2}px`;
    items[0].focus();
  };
}
