"""Prints each event as it happens, for ever.  pip install websockets  (13 or later)"""

import asyncio
import json
import os
import random
import sys
import time

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

URL = os.environ.get("LUNA_URL", "ws://127.0.0.1:5080/2/ws?gender=1")
HEADERS = {"Luna-Account-Id": os.environ.get("LUNA_ACCOUNT", "8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a")}

MEND_ME = {1002, 1003, 1007, 1008, 1009}  # to connect again would end the same way
TRY_AGAIN = {429, 500, 502, 503, 504}  # of the service, or of a proxy before it


def handle(message):
    event = message["event"]
    print(message["event-create-time"], event.get("source"), event.get("event_id"), flush=True)


async def receive():
    """One connection: returns the close code, or raises what kept it from opening."""
    async with connect(
        URL,
        additional_headers=HEADERS,  # a new connection needs them again
        max_size=2**21,  # bytes; one message may have 1 MiB
        compression=None,  # the service offers none
    ) as socket:
        ignored = socket.response.headers.get("Luna-Ignored-Parameters")
        if ignored:
            print("not a filter, check the spelling:", ignored, file=sys.stderr)
        try:
            async for text in socket:
                handle(json.loads(text))
        except ConnectionClosed:
            pass
        return socket.close_code


async def main():
    failures = 0
    while True:
        opened = time.monotonic()
        at_least = 0.0
        try:
            code = await receive()
            if code in MEND_ME:
                sys.exit(f"closed with {code}: this client has to be mended")
            if time.monotonic() - opened > 10:
                failures = 0  # it was a good connection
            print("closed with", code, file=sys.stderr)
        except InvalidStatus as refused:
            response = refused.response
            if response.status_code not in TRY_AGAIN:
                sys.exit(f"refused with {response.status_code}: {(response.body or b'').decode()}")
            wait = response.headers.get("Retry-After", "")
            at_least = float(wait) if wait.isdigit() else 0.0
            print("refused with", response.status_code, file=sys.stderr)
        except (OSError, EOFError, TimeoutError) as failure:
            print("no connection:", failure, file=sys.stderr)
        # Jitter over the whole range: clients that lost the same node come back spread out.
        pause = random.uniform(0.1, min(10.0, 0.5 * 2**failures))
        failures = min(failures + 1, 10)
        await asyncio.sleep(max(at_least, pause))


try:
    asyncio.run(main())
except KeyboardInterrupt:
    pass
