# shellcheck shell=bash
# Our own programs: their configuration, ports, and what must be there before each can start.

DATABASE=acq
TOPIC=acq.intents

# The first of each has the ports that .local/env names; further ones live from base+20 (gateways) and base+40 (workers).
gateway_port() { if [ "$1" -eq 1 ]; then port 0; else port $((16 + 2 * $1)); fi; }
gateway_admin_port() { if [ "$1" -eq 1 ]; then port 1; else port $((17 + 2 * $1)); fi; }
worker_admin_port() { if [ "$1" -eq 1 ]; then port 2; else port $((36 + 2 * $1)); fi; }
worker_operator_port() { if [ "$1" -eq 1 ]; then port 3; else port $((37 + 2 * $1)); fi; }

common_config() {
  cat <<TEXT
[kafka]
brokers = "$(kafka_address)"
topic = "$TOPIC"
topics_file = "$ACQ_ROOT/schemas/topics.yaml"

[redis]
socket = "$(socket_of redis)"

[secrets]
master_key_file = "$ACQ_LOCAL/secrets/master.key"

[callbacks]
http_allowed = true  # the demo merchant's receiver speaks plain HTTP on this machine

[mariadb]
socket = "$(socket_of mariadb)"
database = "$DATABASE"
user = "$1"
password_file = "$ACQ_LOCAL/secrets/$1.password"
TEXT
}

write_gateway_config() {
  mkdir -p "$ACQ_LOCAL/data/witness-$1"
  {
    common_config acq_gateway
    cat <<TEXT

[gateway]
port = $(gateway_port "$1")
admin_port = $(gateway_admin_port "$1")
instance = "gateway-$1"
drain_delay_ms = 0  # no balancer here that would have to notice

[admission]
# One merchant makes all of the load here.
merchant_rate_per_second = 100000
merchant_in_flight_max = 10000

[witness]
directory = "$ACQ_LOCAL/data/witness-$1"

[channel]
notification_secret_file = "$ACQ_LOCAL/secrets/channel-notify.secret"
TEXT
  } >"$ACQ_LOCAL/conf/gateway-$1.toml"
}

write_settlement_config() {
  {
    common_config acq_settlement
    cat <<TEXT
schemas = "$ACQ_ROOT/schemas/db"

[settlement]
worker = "settlement-$1"
admin_port = $(worker_admin_port "$1")
operator_port = $(worker_operator_port "$1")

[channel]
url = "http://127.0.0.1:$(port 4)"
late_arrival_ms = 2000
TEXT
  } >"$ACQ_LOCAL/conf/settlement-$1.toml"
}

is_ready() { curl -fsS -m 2 -o /dev/null "http://127.0.0.1:$1/readyz"; }

require_program() {
  [ -x "$ACQ_BIN/$1" ] || fail "$ACQ_BIN/$1 is not built" "run ./dev build (or ./dev up, which does it all)"
}

start_gateway() {
  local name=gateway-$1
  ! running_pid "$name" >/dev/null || return 0
  require_program acq-gateway
  require_free_port "$(gateway_port "$1")" "$name"
  require_free_port "$(gateway_admin_port "$1")" "$name's admin"
  write_gateway_config "$1"
  launch "$name" "$ACQ_BIN/acq-gateway" --config "$ACQ_LOCAL/conf/$name.toml"
  wait_ready "$name" 60 is_ready "$(gateway_admin_port "$1")"
}

start_settlement() {
  local name=settlement-$1
  ! running_pid "$name" >/dev/null || return 0
  require_program acq-settlement
  require_free_port "$(worker_admin_port "$1")" "$name's admin"
  require_free_port "$(worker_operator_port "$1")" "$name's operator"
  write_settlement_config "$1"
  launch "$name" "$ACQ_BIN/acq-settlement" --config "$ACQ_LOCAL/conf/$name.toml"
  wait_ready "$name" 60 is_ready "$(worker_admin_port "$1")"
}

# The secret that the channel signs its notifications with; the gateway reads the same file.
channel_notify_secret() { echo "$ACQ_LOCAL/secrets/channel-notify.secret"; }
new_channel_notify_secret() {
  local file
  file=$(channel_notify_secret)
  [ -s "$file" ] ||
    (umask 077 && printf 'whsec_%s\n' "$(openssl rand -base64 32)" >"$file.new" && mv "$file.new" "$file")
}

channel_sim_marker() { echo "$ACQ_BIN/acq-channel-sim --port $(port 4)"; }
start_channel_sim() {
  ! running_pid channel-sim >/dev/null || return 0
  require_program acq-channel-sim
  require_free_port "$(port 4)" channel-sim
  new_channel_notify_secret
  launch channel-sim "$ACQ_BIN/acq-channel-sim" --port "$(port 4)" \
    --notify-url "http://127.0.0.1:$(port 0)" --notify-secret-file "$(channel_notify_secret)"
  wait_ready channel-sim 20 port_open "$(port 4)"
}

receiver_marker() { echo "$ACQ_BIN/acq-load receive --port $(port 5)"; }
start_receiver() {
  ! running_pid receiver >/dev/null || return 0
  require_program acq-load
  [ -s "$ACQ_LOCAL/secrets/webhook.secret" ] ||
    fail "the receiver has no secret yet: the demo merchant is not made" "run ./dev up"
  require_free_port "$(port 5)" receiver
  launch receiver "$ACQ_BIN/acq-load" receive --port "$(port 5)" --secret-file "$ACQ_LOCAL/secrets/webhook.secret"
  wait_ready receiver 20 port_open "$(port 5)"
}

# settle ACT [ARGUMENT…]: a one-time act of acq-settlement, its talk in .local/log/setup.log.
settle() {
  "$ACQ_BIN/acq-settlement" "$@" --config "$ACQ_LOCAL/conf/settlement-1.toml" 2>>"$(log_of setup)"
}

# The schema, the topic, an operator and the demo merchant: each once, each harmless when it is there.
prepare_database_and_topic() {
  write_settlement_config 1
  : >"$(log_of setup)"
  settle migrate --set mariadb.user=acq_admin --set "mariadb.password_file=$ACQ_LOCAL/secrets/acq_admin.password" \
    >>"$(log_of setup)" || fail "the schema could not be migrated" "read the sentence above" "$(log_of setup)"
  settle create-topic >>"$(log_of setup)" ||
    fail "the topic $TOPIC could not be made as schemas/topics.yaml wants it" "read the sentence above" "$(log_of setup)"
  if [ ! -s "$ACQ_LOCAL/secrets/operator.token" ]; then
    (umask 077 && settle create-operator local >"$ACQ_LOCAL/secrets/operator.token") ||
      fail "the operator 'local' could not be made" \
        "if its token was lost: './dev down && rm -rf $ACQ_LOCAL/data' starts afresh" "$(log_of setup)"
  fi
}

create_demo_merchant() {
  local file=$ACQ_LOCAL/secrets/merchant.json
  if [ ! -s "$file" ]; then
    (umask 077 && ACQ_OPERATOR_URL="http://127.0.0.1:$(port 3)" \
      ACQ_OPERATOR_TOKEN_FILE="$ACQ_LOCAL/secrets/operator.token" \
      "$ACQ_BIN/acq" merchant create demo --currency CNY --json >"$file.new" 2>>"$(log_of setup)" && mv "$file.new" "$file") ||
      fail "the demo merchant could not be made" "read the sentence above" "$(log_of setup)"
  fi
  (umask 077 && jq -re .webhook_secret "$file" >"$ACQ_LOCAL/secrets/webhook.secret") ||
    fail "$file does not hold a merchant" "delete it and run ./dev up again: a new merchant is made"
}
