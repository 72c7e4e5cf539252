/**
 * Which matches stand out, and how: rules by label and similarity, chosen by the user; pure.
 *
 * @typedef {object} Rule
 * @property {string} label of the match, or empty for every label
 * @property {number} atLeast the minimum similarity, 0 to 1
 * @property {string} colour one of {@link COLOURS}
 * @property {boolean} pin whether the hit stays above the list
 * @property {boolean} sound
 * @property {boolean} notify whether the desktop shows it
 */

export const COLOURS = ['red', 'amber', 'green', 'blue'];

const LIMIT = 50;

/** Returns the first rule that a match fulfils, or null. @param {Rule[]} rules */
export function ruleOf(match, rules) {
  if (match === null) {
    return null;
  }
  return rules.find(({label, atLeast}) => (label === '' || label === match.label) && match.similarity >= atLeast) ?? null;
}

/** Returns the stored rules; what is not a rule is left out. @returns {Rule[]} */
export function parseRules(text) {
  try {
    const stored = JSON.parse(text ?? '[]');
    return Array.isArray(stored) ? stored.flatMap(one => rule(one) ?? []).slice(0, LIMIT) : [];
  } catch {
    return [];
  }
}

/** @returns {Rule|null} */
function rule(one) {
  if (one === null || typeof one !== 'object' || typeof one.label !== 'string') {
    return null;
  }
  const atLeast = Number(one.atLeast);
  return {
    label: one.label,
    atLeast: atLeast >= 0 && atLeast <= 1 ? atLeast : 0,
    colour: COLOURS.includes(one.colour) ? one.colour : COLOURS[0],
    pin: one.pin === true,
    sound: one.sound === true,
    notify: one.notify === true,
  };
}
