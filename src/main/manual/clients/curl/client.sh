#!/bin/sh
# To look, not to program with: binary headers stand between the messages, and nobody answers pings, so it is
# disconnected within about 40 s. A plain comma stands between values, and one inside of a value is %2C;
# --data-urlencode makes all of them %2C, so it is for single values.
exec curl --silent --show-error --no-buffer --fail-with-body --output - --http1.1 \
    --header "Connection: Upgrade" --header "Upgrade: websocket" \
    --header "Sec-WebSocket-Version: 13" --header "Sec-WebSocket-Key: bHVuYS1zZW5kZXItZGVtbw==" \
    --header "Luna-Account-Id: ${LUNA_ACCOUNT:-8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a}" \
    --get --data-urlencode "gender=${1:-1}" --data "cities=Washington%2C%20D.C.,M%C3%BCnchen" \
    "${LUNA_URL:-http://127.0.0.1:5080/2/ws}"
