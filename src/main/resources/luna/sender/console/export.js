/** Writes events as files; pure. */

/** Returns the events as JSON, one in each line, as they were received. */
export function jsonLines(rows) {
  return rows.map(({frame}) => frame.replace(/\s*\n\s*/g, ' ') + '\n').join('');
}

const COLUMNS = ['time', 'event_id', 'source', 'label', 'similarity', 'age', 'values', 'tags'];

/**
 * Returns the fields of the cards as CSV (RFC 4180). A text that a spreadsheet would take for a formula gets an
 * apostrophe.
 *
 * @param {{summary: import('./event.js').Summary}[]} rows
 */
export function csv(rows) {
  const lines = rows.map(({summary}) => [
    summary.time,
    summary.id,
    summary.source?.value,
    summary.match?.label,
    summary.match?.similarity,
    summary.age,
    [...summary.place, ...summary.traits].map(({name, value}) => (name ? `${name} ${value}` : value)).join('; '),
    summary.tags.map(({value}) => value).join('; '),
  ]);
  return [COLUMNS, ...lines].map(line => line.map(cell).join(',') + '\r\n').join('');
}

function cell(value) {
  const text = String(value ?? '');
  const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
