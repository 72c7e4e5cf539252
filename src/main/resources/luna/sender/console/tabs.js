/** Tabs that follow the ARIA pattern: arrow keys move between tabs; the Tab key stops only at the selected one. */

/**
 * @param {HTMLElement} list with buttons of the role tab, each with `data-tab` and `aria-controls`
 * @param {(tab: string) => void} onSelect
 */
export function tabs(list, onSelect) {
  const all = () => [.../** @type {NodeListOf<HTMLElement>} */ (list.querySelectorAll('[role=tab]'))];

  function select(name) {
    for (const tab of all()) {
      const chosen = tab.dataset.tab === name;
      tab.setAttribute('aria-selected', String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
      const panel = document.getElementById(tab.getAttribute('aria-controls') ?? '');
      if (panel) {
        // Several tabs can share a panel.
        panel.hidden = !all().some(other => other.ariaSelected === 'true' && other.getAttribute('aria-controls') === panel.id);
        if (chosen) {
          panel.setAttribute('aria-labelledby', tab.id);
        }
      }
    }
    onSelect(name);
  }

  list.addEventListener('click', event => {
    const tab = /** @type {HTMLElement} */ (event.target).closest('[role=tab]');
    if (tab instanceof HTMLElement) {
      select(tab.dataset.tab);
    }
  });
  list.addEventListener('keydown', event => {
    const every = all();
    const at = every.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const to = {ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1}[event.key];
    if (to !== undefined && at >= 0) {
      event.preventDefault();
      const next = /** @type {HTMLElement} */ (every.at(to % every.length));
      next.focus();
      select(next.dataset.tab);
    }
  });
  return {select};
}
