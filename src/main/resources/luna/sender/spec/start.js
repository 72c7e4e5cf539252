'use strict';
// The contract names the default address; requests go to where this page came from.
const here = url => url.replace(/^http:\/\/127\.0\.0\.1:5080/, window.location.origin);
window.ui = SwaggerUIBundle({
  url: '/docs/spec',
  dom_id: '#swagger-ui',
  deepLinking: true,
  docExpansion: 'list',
  validatorUrl: null,
  requestInterceptor: request => Object.assign(request, {url: here(request.url)}),
});
