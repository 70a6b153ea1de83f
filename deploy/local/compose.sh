# shellcheck shell=bash
# The same system from container images (docker-compose.yml), where an engine answers. Secrets are made here, as files.

engine_answers() { command -v docker >/dev/null && timeout 10 docker info >/dev/null 2>&1; }

compose() { docker compose --project-name acq --project-directory "$ACQ_ROOT" -f "$ACQ_ROOT/docker-compose.yml" "$@"; }

compose_up() {
  local name folder=$ACQ_ROOT/.local/compose/secrets
  engine_answers ||
    fail "no container engine answers ('docker info' fails)" "start the engine, or run plain ./dev up, which needs none"
  # Containers run as users of their own and see the host's mode, so the files are readable and the folder is not.
  (umask 077 && mkdir -p "$folder")
  for name in mariadb_root acq_admin acq_settlement acq_gateway; do new_secret 24 "$folder/$name"; done
  new_secret 32 "$folder/master_key"
  chmod 644 "$folder"/*
  compose up --detach --build --wait
  [ -s "$folder/merchant.json" ] || compose_demo_merchant "$folder"
  compose --profile demo up --detach --wait receiver
  cat <<TEXT
It runs: the merchant API on http://127.0.0.1:8080, the demo merchant's keys in $folder/merchant.json,
its callback URL http://127.0.0.1:18085/callbacks (inside settlement's network).
'docker compose -p acq --profile demo down' stops it; its data stays in named volumes.
TEXT
}

compose_demo_merchant() {
  local folder=$1
  (
    umask 077
    compose exec -T settlement acq-settlement create-operator local --config /etc/acq/settlement.toml >"$folder/operator_token"
    # shellcheck disable=SC2016  # expanded in the container
    compose exec -T settlement sh -c 'umask 077 && cat >/tmp/token &&
      ACQ_OPERATOR_URL=http://127.0.0.1:18083 ACQ_OPERATOR_TOKEN_FILE=/tmp/token acq merchant create demo --currency CNY --json;
      code=$?; rm -f /tmp/token; exit $code' <"$folder/operator_token" >"$folder/merchant.json.new"
    mv "$folder/merchant.json.new" "$folder/merchant.json"
    jq -re .webhook_secret "$folder/merchant.json" >"$folder/webhook"
  ) || fail "the demo merchant could not be made" "read: docker compose logs settlement"
  chmod 644 "$folder/webhook"
}
