'use strict';
// The contract has the default address; requests go to the origin of this page instead.
const here = url => url.replace(/^http:\/\/127\.0\.0\.1:5080/, window.location.origin);

// This page cannot open a WebSocket. It links to the console, with the same account and filters.
const NO_FILTERS = /^(account_id|slow|gaps|stats|strict|after|last|since|positions)=/;
const consoleUrl = request => {
  const {pathname, search} = new URL(request.url, window.location.href);
  if (!/^\/[12]\/ws$/.test(pathname)) {
    return null;
  }
  const pairs = search.slice(1).split('&').filter(Boolean);
  const header = request.headers?.['Luna-Account-Id'];
  const account = header ? `account_id=${encodeURIComponent(header)}` : pairs.find(pair => pair.startsWith('account_id='));
  return '/?' + [account, ...pairs.filter(pair => !NO_FILTERS.test(pair))].filter(Boolean).join('&');
};

const send = request => {
  request.url = here(request.url);
  const url = consoleUrl(request);
  document.getElementById('console').hidden = url === null;
  if (url !== null) {
    document.getElementById('console-link').href = url;
  }
  return request;
};

window.ui = SwaggerUIBundle({
  url: '/docs/spec',
  dom_id: '#swagger-ui',
  deepLinking: true,
  docExpansion: 'list',
  validatorUrl: null,
  requestInterceptor: send,
});
