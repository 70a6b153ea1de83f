#!/usr/bin/env bash
# A merchant in bash, with curl, openssl and jq: pays, repeats what got no answer, refunds, verifies callbacks.
#
#     set -a; . .local/env; set +a
#     examples/shell/pay.sh pay [AMOUNT [NUMBER]]                 one payment, followed until it is final
#     examples/shell/pay.sh refund PAYMENT_ID AMOUNT [NUMBER]     some or all of it back
#     examples/shell/pay.sh verify ID TIMESTAMP SIGNATURE <BODY   whether a callback came from us
set -euo pipefail

patience_s=60

stop() {
  echo "$*" >&2
  exit 1
}

# The key's bytes, each exclusive-or'ed with $2, as printf's escapes (RFC 2104). $1: the key in hex, at most 64 bytes.
pad() {
  local hex i
  printf -v hex '%-128s' "$1"
  hex=${hex// /0}
  for ((i = 0; i < 128; i += 2)); do printf '\\x%02x' $((0x${hex:i:2} ^ $2)); done
}

# hmac BASE64_KEY <TEXT: HMAC-SHA256 in base64. By hand, because openssl would want the key on its command line, where
# every user of the machine can read it; printf is part of bash.
hmac() {
  local key
  key=$(base64 -d <<<"$1" | od -An -v -tx1 | tr -d ' \n')
  [ ${#key} -le 128 ] || key=$(base64 -d <<<"$1" | openssl dgst -sha256 -r | cut -d' ' -f1)
  { printf '%b' "$(pad "$key" 0x5c)" && { printf '%b' "$(pad "$key" 0x36)" && cat; } | openssl dgst -sha256 -binary; } |
    openssl dgst -sha256 -binary | base64
}

# call METHOD PATH [BODY]: one signed request (RFC 9421, RFC 9530). The answer's body, then its status on a line alone;
# 000 when nobody answered.
call() {
  local method=$1 path=$2 body=${3:-} digest names='"@method" "@path" "@query"' base parameters signature
  local headers=()
  base=$(printf '"@method": %s\n"@path": %s\n"@query": ?' "$method" "$path")
  if [ -n "$body" ]; then
    digest="sha-256=:$(printf %s "$body" | openssl dgst -sha256 -binary | base64):"
    names+=' "content-digest"'
    base+=$(printf '\n"content-digest": %s' "$digest")
    headers=(-H "Content-Digest: $digest" -H "Content-Type: application/json" --data-binary "$body")
  fi
  parameters="($names);created=$(date +%s);keyid=\"$ACQ_KEY_ID\";alg=\"hmac-sha256\""
  signature=$(printf '%s\n"@signature-params": %s' "$base" "$parameters" | hmac "${ACQ_KEY_SECRET#mksec_}")
  curl -sS -m 10 -X "$method" "$ACQ_URL$path" -H "Signature-Input: acq=$parameters" -H "Signature: acq=:$signature:" \
    "${headers[@]}" -w '\n%{http_code}' || true
}

# ask METHOD PATH [BODY]: until there is an answer that settles it; prints its JSON. The same bytes again are safe: their
# number names them for ever.
ask() {
  local answer status said until=$((SECONDS + patience_s))
  while [ $SECONDS -lt $until ]; do
    answer=$(call "$@")
    status=${answer##*$'\n'} said=${answer%$'\n'*}
    if [ -n "$said" ] && jq -e . >/dev/null 2>&1 <<<"$said"; then
      case $status in 2??) printf '%s\n' "$said" && return ;; esac
      jq -e .retry.safe >/dev/null <<<"$said" || stop "refused: $status $said"
      echo "$status $(jq -r .code <<<"$said") - asking again with the same number" >&2
      sleep "$(jq -r '(.retry.after_ms // 500) / 1000' <<<"$said")"
    else # refused, reset, timed out: it may have been accepted all the same
      echo "no readable answer ($status), asking again" >&2
      sleep 0.5
    fi
  done
  stop "not settled within $patience_s s: ask again later, with the same number"
}

# follow PATH ID_NAME JSON: until the payment or refund is final; prints each state once.
follow() {
  local id state shown='' said=$3 until=$((SECONDS + patience_s))
  id=$(jq -r ".$2" <<<"$said")
  while [ $SECONDS -lt $until ]; do
    state=$(jq -r .state <<<"$said")
    [ "$state" = "$shown" ] || echo "$id $state"
    shown=$state
    case $state in succeeded | declined | closed | reversed | refused | failed) return ;; esac
    sleep 0.2
    said=$(ask GET "$1$id")
  done
  stop "not final within $patience_s s: its callback will tell, or ask again later"
}

new_number() { echo "sh-$(openssl rand -hex 16)"; }

pay() {
  local body payment
  body=$(jq -nc --arg number "${2:-$(new_number)}" --argjson amount "${1:-1000}" --arg url "${ACQ_CALLBACK_URL:-}" \
    '{merchant_order_id: $number, amount: $amount, currency: "CNY", method: {type: "qr"}}
     + if $url == "" then {} else {callback_url: $url} end')
  payment=$(ask POST /v1/payments "$body")
  follow /v1/payments/ payment_id "$payment"
}

refund() {
  local body back
  body=$(jq -nc --arg number "${3:-$(new_number)}" --argjson amount "$2" '{merchant_refund_id: $number, amount: $amount}')
  back=$(ask POST "/v1/payments/$1/refunds" "$body")
  follow /v1/refunds/ refund_id "$back"
}

# verify ID TIMESTAMP SIGNATURE <BODY: whether the raw body came from us (Standard Webhooks). Two signatures are sent
# while a secret is being rotated: one that fits is enough.
verify() {
  local wanted entry good=no age
  [[ $2 =~ ^[0-9]{1,12}$ ]] || stop "NOT from the gateway: no timestamp"
  age=$(($(date +%s) - 10#$2))
  [ ${age#-} -le 300 ] || stop "NOT from the gateway: an old timestamp"
  wanted=$({ printf '%s.%s.' "$1" "$2" && cat; } | hmac "${ACQ_WEBHOOK_SECRET#whsec_}")
  # Compared as hashes, so that the time which it takes tells nothing of the signature.
  wanted=$(printf 'v1,%s' "$wanted" | openssl dgst -sha256 -r)
  for entry in $3; do
    [ "$(printf %s "$entry" | openssl dgst -sha256 -r)" != "$wanted" ] || good=yes
  done
  [ $good = yes ] || stop "NOT from the gateway: answer 400 and do nothing"
  echo "from the gateway"
}

case ${1:-} in
  pay | refund | verify) "$@" ;;
  *) stop "pay [AMOUNT [NUMBER]] | refund PAYMENT_ID AMOUNT [NUMBER] | verify ID TIMESTAMP SIGNATURE <BODY" ;;
esac
