#!/bin/sh
# For a quick look only: binary headers appear between the messages, and curl answers no pings, so it is
# disconnected within about 40 s. A plain comma separates values; a comma inside a value is %2C.
# --data-urlencode encodes every comma as %2C, so use it only for single values.
exec curl --silent --show-error --no-buffer --fail-with-body --output - --http1.1 \
    --header "Connection: Upgrade" --header "Upgrade: websocket" \
    --header "Sec-WebSocket-Version: 13" --header "Sec-WebSocket-Key: bHVuYS1zZW5kZXItZGVtbw==" \
    --header "Luna-Account-Id: ${LUNA_ACCOUNT:-8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a}" \
    --get --data-urlencode "gender=${1:-1}" --data "cities=Washington%2C%20D.C.,M%C3%BCnchen" \
    "${LUNA_URL:-http://127.0.0.1:5080/2/ws}"
