"""The sample of the platform's API reference, with reconnection."""

import json
import os
import random
import sys
import time

from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

try:
    from luna3.sender.wsclient import LunaWSClient
except ImportError:
    from wsclient import LunaWSClient  # the file next to this one

FINAL_CODES = {1002, 1003, 1007, 1008, 1009, 4403}  # do not reconnect: a bug of this client, or an operator has closed it
TRY_AGAIN = {429, 500, 502, 503, 504}  # from the service, or from a proxy in front of it

senderAPI = LunaWSClient(
    origin=os.environ.get("LUNA_ORIGIN", "http://127.0.0.1:5080"),  # the address of Luna Sender
    api=2,
    accountId=os.environ.get("LUNA_ACCOUNT", "8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a"),
)

gender = sys.argv[1] if len(sys.argv) > 1 else 1
failures = 0
while True:
    at_least, start = 0, time.monotonic()
    try:
        # gaps is an extension of Luna Sender.
        with senderAPI.connect(gender=gender, cities=["Washington, D.C.", "Нью-Йорк"], gaps=1) as ws:
            while True:
                resp = json.loads(ws.recv())
                if "gap" in resp:
                    print("events may be missing:", resp["gap"], file=sys.stderr)
                elif "interruption" in resp:  # a gap follows at its end
                    print("interrupted:", resp["interruption"], file=sys.stderr)
                else:
                    print(json.dumps(resp, ensure_ascii=False), flush=True)
    except ConnectionClosed as closed:
        code = closed.rcvd.code if closed.rcvd else 1006
        if code in FINAL_CODES:
            sys.exit(f"closed with {code}: do not reconnect")
        print("closed with", code, file=sys.stderr)
    except InvalidStatus as refused:
        response = refused.response
        text = f"refused with {response.status_code}: {(response.body or b'').decode()}"
        if response.status_code not in TRY_AGAIN:
            sys.exit(text)
        print(text, file=sys.stderr)
        wait = response.headers.get("Retry-After", "")
        at_least = int(wait) if wait.isdigit() else 0
    except (OSError, EOFError, TimeoutError, InvalidHandshake) as failure:
        print("no connection:", failure, file=sys.stderr)
    failures = 0 if time.monotonic() - start > 10 else min(failures + 1, 10)
    # Full jitter: clients that lost the same node do not reconnect at the same time.
    time.sleep(max(at_least, random.uniform(0, min(10, 0.25 * 2**failures))))
