"""Prints each event as one line of JSON, until it is stopped.  pip install websockets  (13 or later)

python client.py gender=1 'cities=Washington, D.C.' cities=München      # repeated name: or this value
"""

import asyncio
import json
import os
import random
import sys
import time
from urllib.parse import quote

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

URL = os.environ.get("LUNA_URL", "ws://127.0.0.1:5080/2/ws")
ACCOUNT = os.environ.get("LUNA_ACCOUNT", "8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a")
TOKEN_FILE = os.environ.get("LUNA_TOKEN_FILE")  # if the service requires tokens
RESUME = os.environ.get("LUNA_RESUME") == "1"  # if the service keeps a history: continue after the last event

last_event_id = None

FINAL_CODES = {1002, 1003, 1007, 1008, 1009, 4403}  # do not reconnect: a bug of this client, or an operator has closed it
TRY_AGAIN = {429, 500, 502, 503, 504}  # from the service, or from a proxy in front of it


def handle(message):
    global last_event_id
    last_event_id = message["event"].get("event_id", last_event_id)
    # Return quickly: a client that reads slower than events arrive is closed with 4008. Use a queue for longer work.
    print(json.dumps(message, ensure_ascii=False), flush=True)


def handle_gap(gap):
    # Events of this time may be missing: fetch them from the platform's own store.
    print("gap", gap["cause"], "from", gap["from"], "to", gap["to"], file=sys.stderr)


def address(filters):
    # A plain comma separates values, so a comma inside a value is %2C. urlencode() encodes every comma as %2C.
    values = {}
    for name, value in filters:
        values.setdefault(name, []).append(quote(value, safe=""))
    return URL + "?gaps=1" + "".join(f"&{name}={','.join(list)}" for name, list in values.items())


def fetch_token():
    """A new token, or None: request it from your issuer here."""
    if TOKEN_FILE is None:
        return None
    with open(TOKEN_FILE) as file:
        return file.read().strip()


async def receive(url, token):
    """Runs one connection: returns its close code, or raises the error that prevented it."""
    headers = {"Luna-Account-Id": ACCOUNT}  # needed for each connection
    if token:
        headers["Authorization"] = f"Bearer {token}"
    # The default of max_size, 1 MiB, is slightly less than the largest message. The library answers pings.
    if RESUME and last_event_id:
        url += f"&after={quote(last_event_id, safe='')}"
    async with connect(url, additional_headers=headers, max_size=2**21, compression=None) as socket:
        if ignored := socket.response.headers.get("Luna-Ignored-Parameters"):
            print("no such filter, so it filters nothing:", ignored, file=sys.stderr)
        try:
            while True:
                message = json.loads(await socket.recv())
                if "gap" in message:
                    handle_gap(message["gap"])
                elif "interruption" in message:  # events may be missing from now on, until a gap or "healed" follows
                    print("interrupted:", message["interruption"]["cause"], file=sys.stderr)
                elif "event" in message:
                    handle(message)
        except ConnectionClosed:
            return socket.close_code


async def main():
    url = address(argument.split("=", 1) for argument in sys.argv[1:])
    failures = 0
    while True:
        token, at_least, start = fetch_token(), 0, time.monotonic()
        try:
            code = await receive(url, token)
            if code in FINAL_CODES:
                sys.exit(f"closed with {code}: do not reconnect")
            print("closed with", code, "(read faster, or ask for less)" if code == 4008 else "", file=sys.stderr)
        except InvalidStatus as refused:
            response = refused.response
            text = f"refused with {response.status_code}: {(response.body or b'').decode()}"
            renewed = response.status_code == 401 and fetch_token() != token
            if response.status_code not in TRY_AGAIN and not renewed:
                sys.exit(text)
            print(text, file=sys.stderr)
            wait = response.headers.get("Retry-After", "")
            at_least = int(wait) if wait.isdigit() else 0
        except (OSError, EOFError, TimeoutError, InvalidHandshake) as failure:
            print("no connection:", failure, file=sys.stderr)
        failures = 0 if time.monotonic() - start > 10 else min(failures + 1, 10)
        # Full jitter: clients that lost the same node do not reconnect at the same time.
        await asyncio.sleep(max(at_least, random.uniform(0, min(10, 0.25 * 2**failures))))


try:
    asyncio.run(main())
except KeyboardInterrupt:
    pass
