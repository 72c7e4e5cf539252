// Fails if the official parser reports an error or a warning for the AsyncAPI document.
const {readFileSync} = require('node:fs');
const {Parser} = require('@asyncapi/parser');

const WARNING = 1;
// Generators read this version of the format.
const ACCEPTED = ['asyncapi-latest-version'];

(async () => {
  const {document, diagnostics} = await new Parser().parse(readFileSync(process.argv[2], 'utf8'));
  const bad = diagnostics.filter(({code, severity}) => severity <= WARNING && !ACCEPTED.includes(code));
  bad.forEach(({code, path, message}) => console.error(`asyncapi: ${path.join('.')}: ${message} (${code})`));
  process.exit(document && bad.length === 0 ? 0 : 1);
})();
