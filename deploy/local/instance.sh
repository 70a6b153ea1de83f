# shellcheck shell=bash
# A whole run: which services there are, up, down, status, and the file by which scripts and tests find it.

# A service's name as its pid file has it: "gateway" is the first gateway.
service_name() {
  case $1 in
    gateway | settlement) echo "$1-1" ;;
    kafka | mariadb | redis | channel-sim | receiver | gateway-[1-9] | settlement-[1-9]) echo "$1" ;;
    *)
      echo "dev: no service is named '$1'; there are kafka mariadb redis channel-sim settlement gateway receiver." >&2
      exit 2
      ;;
  esac
}

# What a service's command line must contain to be believed.
marker_of() {
  case $1 in
    kafka) kafka_marker ;;
    mariadb) mariadb_marker ;;
    redis) redis_marker ;;
    channel-sim) channel_sim_marker ;;
    receiver) receiver_marker ;;
    *) echo "--config $ACQ_LOCAL/conf/$1.toml" ;;
  esac
}

start_service() {
  make_folders
  case $1 in
    kafka) start_kafka ;;
    mariadb) start_mariadb ;;
    redis) start_redis ;;
    channel-sim) start_channel_sim ;;
    receiver) start_receiver ;;
    gateway-*) start_gateway "${1#gateway-}" ;;
    settlement-*) start_settlement "${1#settlement-}" ;;
  esac
}

ports_of() {
  case $1 in
    kafka) port 12 ;;
    mariadb | redis) echo "run/$1.sock" ;;
    channel-sim) port 4 ;;
    receiver) port 5 ;;
    gateway-*) echo "$(gateway_port "${1#gateway-}"),$(gateway_admin_port "${1#gateway-}")" ;;
    settlement-*) echo "$(worker_admin_port "${1#settlement-}"),$(worker_operator_port "${1#settlement-}")" ;;
  esac
}

# Every service that has a pid file, what depends on others first.
known_services() {
  local pattern file
  for pattern in receiver 'gateway-*' 'settlement-*' channel-sim redis mariadb kafka; do
    # shellcheck disable=SC2231  # the pattern is meant to expand
    for file in "$ACQ_LOCAL"/run/$pattern.pid; do
      [ ! -e "$file" ] || basename "$file" .pid
    done
  done
}

services_up() {
  make_folders
  new_secret 32 "$ACQ_LOCAL/secrets/master.key"
  start_kafka
  start_mariadb
  start_redis
  create_accounts
}

# One of each program but the receiver, on schema, topic and merchant of its own; what ./dev up does, without its talk.
system_up() {
  services_up
  prepare_database_and_topic
  start_channel_sim
  start_settlement 1
  create_demo_merchant
  start_gateway 1
  write_env
}

services() {
  case ${1:-} in
    up)
      make_folders
      install_packages
      with_lock services_up
      status
      ;;
    down) with_lock services_down ;;
    start | stop | restart) with_lock "${1}_service" "$(service_name "${2:-}")" ;;
    *)
      echo "dev: services up | down | start NAME | stop NAME | restart NAME" >&2
      exit 2
      ;;
  esac
}

services_down() {
  local name
  for name in redis mariadb kafka; do stop_service "$name"; done
}

down() {
  local name
  for name in $(known_services); do stop_service "$name"; done
}

status() {
  local name pid
  printf '%-13s %-8s %-20s %-18s %s\n' NAME PID SINCE PORT LOG
  for name in $(known_services); do
    if pid=$(running_pid "$name"); then
      printf '%-13s %-8s %-20s %-18s %s\n' "$name" "$pid" "$(started_at "$pid")" "$(ports_of "$name")" "$(log_of "$name")"
    else
      printf '%-13s %-8s %-20s %-18s %s\n' "$name" - "ended" "$(ports_of "$name")" "$(log_of "$name")"
    fi
  done
}

# Of every gateway that was started here, with commas between: each has a witness of its own to account for.
gateway_admin_urls() {
  local name urls=
  for name in $(known_services); do
    case $name in gateway-*) urls+=${urls:+,}http://127.0.0.1:$(gateway_admin_port "${name#gateway-}") ;; esac
  done
  echo "$urls"
}

# The one place where scripts and tests find the run; `. .local/env` is enough.
write_env() {
  local merchant=$ACQ_LOCAL/secrets/merchant.json
  (
    umask 077
    {
      printf '# Written by ./dev up. Secrets inside: do not share.\n'
      # Cut at the first '=' by hand: read would drop the padding at the end of a base64 secret.
      while read -r line; do printf 'export %s=%q\n' "${line%%=*}" "${line#*=}"; done <<TEXT
ACQ_URL=http://127.0.0.1:$(port 0)
ACQ_ADMIN_URL=http://127.0.0.1:$(port 1)
ACQ_GATEWAY_ADMIN_URLS=$(gateway_admin_urls)
ACQ_SETTLEMENT_ADMIN_URL=http://127.0.0.1:$(port 2)
ACQ_OPERATOR_URL=http://127.0.0.1:$(port 3)
ACQ_OPERATOR_TOKEN_FILE=$ACQ_LOCAL/secrets/operator.token
ACQ_CHANNEL_URL=http://127.0.0.1:$(port 4)
ACQ_CALLBACK_URL=http://127.0.0.1:$(port 5)/callbacks
ACQ_MERCHANT_ID=$(jq -r .merchant_id "$merchant")
ACQ_KEY_ID=$(jq -r .key_id "$merchant")
ACQ_KEY_SECRET=$(jq -r .key_secret "$merchant")
ACQ_WEBHOOK_SECRET=$(jq -r .webhook_secret "$merchant")
ACQ_KAFKA=$(kafka_address)
ACQ_TOPIC=$TOPIC
ACQ_MYSQL_SOCKET=$(socket_of mariadb)
ACQ_MYSQL_DATABASE=$DATABASE
ACQ_MYSQL_USER=acq_gateway
ACQ_MYSQL_PASSWORD_FILE=$ACQ_LOCAL/secrets/acq_gateway.password
ACQ_REDIS=$(socket_of redis)
TEXT
    } >"$ACQ_LOCAL/env.new"
    mv "$ACQ_LOCAL/env.new" "$ACQ_LOCAL/env"
  )
}

up() {
  local gateways=1 workers=1
  while [ $# -gt 0 ]; do
    case $1 in
      --gateways) gateways=${2:-} && shift 2 ;;
      --workers) workers=${2:-} && shift 2 ;;
      --compose)
        compose_up
        return
        ;;
      *)
        echo "dev: up does not know '$1'; it takes --gateways N, --workers N, --compose (three brokers: --compose)." >&2
        exit 2
        ;;
    esac
  done
  case $gateways$workers in
    [1-9][1-9]) ;;
    *) echo "dev: --gateways and --workers take a number from 1 to 9." >&2 && exit 2 ;;
  esac
  with_lock up_all "$gateways" "$workers"
}

up_all() {
  local n
  make_folders
  step 1/9 "looking for what must be installed (log: $(log_of packages))"
  install_packages
  step 2/9 "Kafka 4.1: ${KAFKA_HOME:-jars by Maven coordinates}"
  ! engine_answers || say "      a container engine answers here: './dev up --compose' would run the whole system from images"
  fetch_kafka
  step 3/9 "building the programs (log: $(log_of build)); the first time takes some minutes"
  build_targets "${ACQ_PROGRAMS[@]}"
  step 4/9 "starting Kafka, MariaDB and Redis; accounts and keys in $ACQ_LOCAL/secrets"
  services_up
  step 5/9 "schema, topic, operator"
  prepare_database_and_topic
  step 6/9 "starting the channel simulator and settlement"
  start_channel_sim
  for ((n = 1; n <= $2; n++)); do start_settlement "$n"; done
  step 7/9 "the demo merchant, its callback receiver, and the gateway"
  create_demo_merchant
  start_receiver
  for ((n = 1; n <= $1; n++)); do start_gateway "$n"; done
  step 8/9 "writing $ACQ_LOCAL/env"
  write_env
  step 9/9 "one payment, and its way"
  show_first_payment
}

show_first_payment() {
  local env=$ACQ_LOCAL/env
  # shellcheck source=/dev/null
  (. "$env" && "$ACQ_BIN/acq-load" pay --wait 15 9>&-) ||
    fail "the first payment did not go all its way" \
      "read $(log_of gateway-1) and $(log_of settlement-1); then: . $env && $ACQ_BIN/acq-load pay"
  cat <<TEXT

It runs. To try:
  . ${env#"$PWD"/} && build/release/bin/acq-load pay --amount 1051       a payment that the channel declines (amounts end in 51)
  . ${env#"$PWD"/} && build/release/bin/acq-load flash-sale --rate 500 --seconds 10    and an audit of every answer
  . ${env#"$PWD"/} && build/release/bin/acq account-for --to now           every accepted order, accounted for from the witness
  ./dev status, ./dev test, ./dev down
TEXT
}
