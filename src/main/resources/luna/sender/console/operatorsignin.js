/** The form that asks for the operator's token, and where the token is kept. */
import {el} from './dom.js';

const TOKEN = 'luna.operator-token';

export class SignIn {
  /** @param {() => void} onToken */
  constructor(onToken) {
    this.input = /** @type {HTMLInputElement} */ (el('input.text.mono', {
      id: 'operator-token', type: 'password', autocomplete: 'off', spellcheck: 'false',
      'aria-describedby': 'operator-token-hint operator-token-fault', 'data-test': 'operator-token',
    }));
    this.fault = el('p.fault', {id: 'operator-token-fault', role: 'alert', 'data-test': 'operator-token-fault'});
    this.node = el('form.sign-in', {hidden: true, 'data-test': 'operator-sign-in'},
      el('div.field', {}, el('label', {for: 'operator-token'}, 'Token of an operator'), this.input,
        el('p.hint', {id: 'operator-token-hint'}, 'From the file LUNA_SENDER_ADMIN.TOKENS_FILE. Kept in this tab only; never in a URL.')),
      this.fault,
      el('div.row', {}, el('button.primary', {type: 'submit', 'data-test': 'operator-enter'}, 'Continue')));
    this.node.addEventListener('submit', event => {
      event.preventDefault();
      this.keep(this.input.value.trim());
      this.fault.textContent = this.token === '' ? 'Enter a token.' : '';
      if (this.token !== '') {
        onToken();
      }
    });
    this.token = '';
    try {
      this.token = sessionStorage.getItem(TOKEN) ?? '';
    } catch {
      // The token is then asked for after each reload.
    }
  }

  keep(token) {
    this.token = token;
    try {
      token === '' ? sessionStorage.removeItem(TOKEN) : sessionStorage.setItem(TOKEN, token);
    } catch {
      // As above.
    }
  }

  /** Forgets the token, and asks for another one. */
  ask(why) {
    this.keep('');
    this.node.hidden = false;
    this.input.value = '';
    this.input.setAttribute('aria-invalid', String(why !== ''));
    this.fault.textContent = why;
    this.input.focus();
  }
}
