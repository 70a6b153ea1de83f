# shellcheck shell=bash
# Redis 7 on a unix socket. Nothing is written to disk: it is never the truth of anything, and may be emptied at any time.

redis_marker() { echo "redis-server $ACQ_LOCAL/conf/redis.conf"; }
redis_ask() { redis-cli -s "$(socket_of redis)" "$@"; }

start_redis() {
  ! running_pid redis >/dev/null || return 0
  cat >"$ACQ_LOCAL/conf/redis.conf" <<TEXT
port 0
unixsocket $(socket_of redis)
unixsocketperm 700
daemonize no
set-proc-title no
save ""
appendonly no
maxmemory 1gb
# A full memory is an error that the gateway survives; a silently forgotten reservation is not.
maxmemory-policy noeviction
dir $ACQ_LOCAL/data
TEXT
  launch redis redis-server "$ACQ_LOCAL/conf/redis.conf"
  wait_ready redis 20 redis_ready
  ln -sfn "$(socket_of redis)" "$ACQ_LOCAL/run/redis.sock"
}
redis_ready() { [ "$(redis_ask ping)" = PONG ]; }
