#!/bin/sh
# Starts a Redis with one user for each role, each with least privileges: redis.sh [REDIS-SERVER-OPTION...]
# The passwords come from the environment. ACLs are not replicated, so this script starts each Redis that may become the master.
set -eu
exec redis-server - "$@" <<END
save ""
user default off
user sender on >$SENDER_PASSWORD resetkeys resetchannels &luna-sender:* &luna-sender.canary.* -@all +subscribe +unsubscribe +ping +select +publish
user publisher on >$PUBLISHER_PASSWORD resetkeys resetchannels &luna-sender:* -@all +publish
user replica on >$REPLICA_PASSWORD resetkeys resetchannels -@all +psync +replconf +ping
user sentinel on >$SENTINEL_PASSWORD resetkeys resetchannels &__sentinel__:hello -@all +multi +slaveof +ping +exec +subscribe +config|rewrite +role +publish +info +client|setname +client|kill +script|kill
user health on nopass resetkeys resetchannels -@all +ping
masteruser replica
masterauth $REPLICA_PASSWORD
END
