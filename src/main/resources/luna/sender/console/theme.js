'use strict';
// Runs before the first paint, so users of the dark theme see no white flash.
(() => {
  const root = document.documentElement;
  const read = () => {
    try {
      return localStorage.getItem('luna.theme');
    } catch {
      return null;
    }
  };
  const chosen = read();
  if (chosen === 'dark' || chosen === 'light') {
    root.dataset.theme = chosen;
  }
  document.addEventListener('DOMContentLoaded', () => {
    const button = document.getElementById('theme');
    const dark = () =>
      root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
    const show = () => button.setAttribute('aria-pressed', String(dark()));
    button.addEventListener('click', () => {
      root.dataset.theme = dark() ? 'light' : 'dark';
      try {
        localStorage.setItem('luna.theme', root.dataset.theme);
      } catch {
        // The choice then applies to this page only.
      }
      show();
      document.dispatchEvent(new Event('themechange'));
    });
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', show);
    show();
  });
})();
