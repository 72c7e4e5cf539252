#!/bin/sh
# Publishes a made-up event each second to the master that the Sentinel names: publish.sh SENTINEL PORT
# PUBLISHER_PASSWORD and WATCHER_PASSWORD come from the environment.
account=8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a
uuid() { cat /proc/sys/kernel/random/uuid; }
n=0
while sleep 1; do
  n=$((n + 1))
  # The first line is the host, the second the port; empty while there is no master.
  set -- "$1" "$2" $(REDISCLI_AUTH=$WATCHER_PASSWORD redis-cli --user watcher -h "$1" -p "$2" sentinel get-master-addr-by-name luna)
  [ -n "$4" ] || continue
  now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
  event="{\"event_id\":\"$(uuid)\",\"source\":\"camera-$((n % 3))\",\"tags\":[\"compose\"],\"face_attributes\":{\"basic_attributes\":{\"age\":$((18 + n % 50)),\"gender\":$((n % 2))}}}"
  printf '%s' "{\"handler_id\":\"$(uuid)\",\"Luna-Request-Id\":\"$(date +%s),$(uuid)\",\"events\":[$event],\"event_create_time\":\"$now\",\"event_end_time\":\"$now\"}" |
    REDISCLI_AUTH=$PUBLISHER_PASSWORD redis-cli --user publisher -h "$3" -p "$4" -x publish "luna-sender:$account" >/dev/null
  set -- "$1" "$2"
done
