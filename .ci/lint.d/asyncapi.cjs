// Fails unless the official parser takes the AsyncAPI document without an error or a warning.
const {readFileSync} = require('node:fs');
const {Parser} = require('@asyncapi/parser');

const WARNING = 1;
// This version of the format is what generators read.
const ACCEPTED = ['asyncapi-latest-version'];

(async () => {
  const {document, diagnostics} = await new Parser().parse(readFileSync(process.argv[2], 'utf8'));
  const bad = diagnostics.filter(({code, severity}) => severity <= WARNING && !ACCEPTED.includes(code));
  bad.forEach(({code, path, message}) => console.error(`asyncapi: ${path.join('.')}: ${message} (${code})`));
  process.exit(document && bad.length === 0 ? 0 : 1);
})();
