/** The picture of an event's sample, from the address that the operator has configured. */
import {el} from './dom.js';

let template = '';

/** @param {string} url with `{sample_id}` in it; empty = no pictures */
export function usePictures(url) {
  template = url;
}

/**
 * Returns the picture, which is loaded when it comes near the screen; null without an address or a sample. It has no
 * text, because the card beside it says what was recognised.
 *
 * @param {string|null} sample
 */
export function picture(sample, size) {
  if (template === '' || sample === null) {
    return null;
  }
  return el('img.picture', {
    src: template.replaceAll('{sample_id}', encodeURIComponent(sample)),
    alt: '',
    width: size,
    height: size,
    loading: 'lazy',
    decoding: 'async',
    referrerpolicy: 'no-referrer',
    'data-test': 'picture',
    // A sample can be deleted while its event is still shown.
    error: event => event.target.remove(),
  });
}
