/**
 * Generates programs that open the same stream; pure.
 *
 * @typedef {object} Stream
 * @property {string} origin of the service, such as `https://host:port`, with the path before `/2/ws` if there is one
 * @property {string} account
 * @property {import('./query.js').Filter} filter
 * @property {boolean} token whether one is required; programs read it from LUNA_TOKEN and never contain it
 */
import {encode, filterQuery} from './query.js';

/** Quotes a text for a POSIX shell: between single quotes, only the single quote is special. */
export function shell(text) {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Returns a JavaScript literal that is valid in an HTML page too. */
export function javascript(text) {
  return JSON.stringify(text).replace(/[\u2028\u2029<]/g, escaped);
}

/** Returns a Python 3 literal. */
export function python(text) {
  return JSON.stringify(text).replace(/[\u007f-\u00a0\u2028\u2029]/g, escaped);
}

/** Returns a Java literal in ASCII, because javac may read the file in another encoding. */
export function java(text) {
  const signs = {'"': '\\"', '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t', '\b': '\\b', '\f': '\\f'};
  return `"${text.replace(/["\\]|[^\x20-\x7e]/g, sign => signs[sign] ?? escaped(sign))}"`;
}

function escaped(sign) {
  return '\\u' + sign.charCodeAt(0).toString(16).padStart(4, '0');
}

/** @param {Stream} stream */
function address({origin, filter}, scheme = '') {
  const query = filterQuery(filter);
  return `${scheme ? origin.replace(/^http/, scheme) : origin}/2/ws${query && '?' + query}`;
}

/** @param {Stream} stream */
function wscat(stream) {
  const token = stream.token ? ' \\\n    -H "Authorization: Bearer $LUNA_TOKEN"' : '';
  return `npx -y wscat -H ${shell('Luna-Account-Id: ' + stream.account)}${token} \\
    -c ${shell(address(stream, 'ws'))}
`;
}

/** @param {Stream} stream */
function tail(stream) {
  const token = stream.token ? 'LUNA_SENDER_TOKEN=$LUNA_TOKEN ' : '';
  const account = stream.account && ` -a ${shell(stream.account)}`;
  return `${token}luna-sender tail${account} \\
    -u ${shell(address(stream))}
`;
}

/** @param {Stream} stream */
function curl(stream) {
  const token = stream.token ? '    -H "Authorization: Bearer $LUNA_TOKEN" \\\n' : '';
  return `curl -sN --http1.1 --output - \\
    -H 'Connection: Upgrade' -H 'Upgrade: websocket' \\
    -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: bHVuYS1zZW5kZXItZGVtbw==' \\
    -H ${shell('Luna-Account-Id: ' + stream.account)} \\
${token}    ${shell(address(stream))}
`;
}

/** @param {Stream} stream */
function websockets(stream) {
  const token = stream.token ? '\n    "Authorization": "Bearer " + os.environ["LUNA_TOKEN"],' : '';
  return `# pip install "websockets>=13"
import asyncio, json${stream.token ? ', os' : ''}
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

URL = ${python(address(stream, 'ws'))}
HEADERS = {
    "Luna-Account-Id": ${python(stream.account)},${token}
}


async def main():
    async for socket in connect(URL, additional_headers=HEADERS, max_size=2**21):
        try:
            async for text in socket:
                print(json.loads(text)["event"].get("event_id"))
        except ConnectionClosed:
            continue  # connects again, with growing pauses


asyncio.run(main())
`;
}

/** @param {Stream} stream */
function luna3(stream) {
  const number = text => /^-?\d+(\.\d+)?$/.test(text);
  const one = text => (number(text) ? text : python(text));
  const value = values => (values.length === 1 && number(values[0]) ? values[0] : `[${values.map(one).join(', ')}]`);
  const filters = [...stream.filter].map(([name, values]) => `\n    ${name}=${value(values)},`).join('');
  const token = stream.token ? '# The library is not known to send tokens: this service asks for one.\n' : '';
  const names = stream.filter.size > 0 ? '# The names are those of the query; the library is not public, so this was not run.\n' : '';
  return `${token}${names}from luna3.sender.wsclient import LunaWSClient

senderAPI = LunaWSClient(
    origin=${python(stream.origin)},
    api=2,
    accountId=${python(stream.account)},
)
with senderAPI.connect(${filters}${filters && '\n'}) as ws:
    while True:
        print(ws.recv())
`;
}

/** @param {Stream} stream */
function browser(stream) {
  const query = [`account_id=${encode(stream.account)}`, filterQuery(stream.filter)].filter(Boolean).join('&');
  const url = javascript(`${stream.origin.replace(/^http/, 'ws')}/2/ws?${query}`);
  const open = stream.token ? `new WebSocket(url, ['luna.sender.v2', 'luna.bearer.' + token])` : 'new WebSocket(url)';
  return `const url = ${url};
const socket = ${open};
socket.onmessage = message => {
  const {event} = JSON.parse(message.data);
  console.log(event.event_id, event.source);
};
socket.onclose = ({code, reason}) => console.log('closed', code, reason);
`;
}

/** @param {Stream} stream */
function jdk(stream) {
  const token = stream.token ? '\n        .header("Authorization", "Bearer " + System.getenv("LUNA_TOKEN"))' : '';
  return `import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;

class Client implements WebSocket.Listener {
  private final StringBuilder message = new StringBuilder();
  private final CountDownLatch closed = new CountDownLatch(1);

  public static void main(String[] args) throws InterruptedException {
    Client client = new Client();
    HttpClient.newHttpClient().newWebSocketBuilder()
        .header("Luna-Account-Id", ${java(stream.account)})${token}
        .buildAsync(URI.create(${java(address(stream, 'ws'))}), client)
        .join();
    client.closed.await();
  }

  @Override
  public CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean last) {
    message.append(part); // a message may come in parts
    if (last) {
      System.out.println(message);
      message.setLength(0);
    }
    socket.request(1);
    return null;
  }

  @Override
  public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
    System.out.println("closed " + code + " " + reason);
    closed.countDown();
    return null;
  }

  @Override
  public void onError(WebSocket socket, Throwable failure) {
    System.out.println(failure);
    closed.countDown();
  }
}
`;
}

/** @param {Stream} stream */
function go(stream) {
  const token = stream.token ? '\n\theader.Set("Authorization", "Bearer "+os.Getenv("LUNA_TOKEN"))' : '';
  return `// go get github.com/coder/websocket
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"${stream.token ? '\n\t"os"' : ''}

	"github.com/coder/websocket"
)

func main() {
	ctx := context.Background()
	header := http.Header{}
	header.Set("Luna-Account-Id", ${JSON.stringify(stream.account)})${token}
	socket, _, err := websocket.Dial(ctx, ${JSON.stringify(address(stream, 'ws'))},
		&websocket.DialOptions{HTTPHeader: header})
	if err != nil {
		log.Fatal(err)
	}
	socket.SetReadLimit(2 << 20)
	for {
		_, text, err := socket.Read(ctx)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(string(text))
	}
}
`;
}

/** @type {{id: string, name: string, make: (stream: Stream) => string}[]} */
export const FORMS = [
  {id: 'tail', name: 'tail', make: tail},
  {id: 'wscat', name: 'wscat', make: wscat},
  {id: 'python', name: 'Python', make: websockets},
  {id: 'luna3', name: 'luna3', make: luna3},
  {id: 'javascript', name: 'JavaScript', make: browser},
  {id: 'java', name: 'Java', make: jdk},
  {id: 'go', name: 'Go', make: go},
  {id: 'curl', name: 'curl', make: curl},
];
