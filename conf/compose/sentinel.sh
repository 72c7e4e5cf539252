#!/bin/sh
# Starts a Sentinel that watches redis-a under the name luna: sentinel.sh OWN-NAME [FOLDER]
# The passwords come from the environment. A Sentinel writes its state to its file, so an existing file is kept.
set -eu
folder=${2:-/data}
file=$folder/sentinel.conf
[ -s "$file" ] || cat >"$file" <<END
port ${SENTINEL_PORT:-26379}
dir $folder
protected-mode no
sentinel resolve-hostnames yes
sentinel announce-hostnames yes
sentinel announce-ip $1
user default off
user watcher on >$WATCHER_PASSWORD resetkeys resetchannels -@all +sentinel|get-master-addr-by-name +sentinel|replicas
user peer on >$SENTINEL_PASSWORD resetkeys resetchannels &__sentinel__:hello -@all +ping +publish +info +role +client|setname +sentinel|is-master-down-by-addr
user health on nopass resetkeys resetchannels -@all +ping
sentinel sentinel-user peer
sentinel sentinel-pass $SENTINEL_PASSWORD
sentinel monitor luna ${MASTER_HOST:-redis-a} ${MASTER_PORT:-6379} 2
sentinel auth-user luna sentinel
sentinel auth-pass luna $SENTINEL_PASSWORD
sentinel down-after-milliseconds luna 3000
sentinel failover-timeout luna 10000
END
exec redis-server "$file" --sentinel
