# shellcheck shell=bash
# ./dev test: the suites in order, each case counted, one closing line. Integration runs on an instance of its own, so
# that a demo which runs beside it is not touched.
# shellcheck disable=SC2034  # the other parts read these

ACQ_SUITES=(unit contract integration api examples browser chaos tidy)
passed=0
failed=0

run_suites() {
  local suite wanted=("$@")
  [ ${#wanted[@]} -gt 0 ] || wanted=("${ACQ_SUITES[@]}")
  for suite in "${wanted[@]}"; do
    case " ${ACQ_SUITES[*]} " in
      *" $suite "*) ;;
      *) echo "dev: there is no suite '$suite'; there are ${ACQ_SUITES[*]}." >&2 && exit 2 ;;
    esac
  done
  make_folders
  add_packages_for "${wanted[@]}"
  install_packages
  build_for "${wanted[@]}"
  for suite in "${wanted[@]}"; do
    say "== $suite"
    "suite_$suite"
  done
  say "$passed passed, $failed failed"
  [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}

# What one suite needs and a running system does not. Node's own packages bring an npm that Debian's excludes.
add_packages_for() {
  case " $* " in *" api "*) command -v npm >/dev/null || ACQ_PACKAGES+=(npm) ;; esac
  case " $* " in *" browser "*) ACQ_PACKAGES+=(chromium) ;; esac
}

# The programs are needed by integration (it starts them) and by tidy (it compares what they print with what is kept).
build_for() {
  local suite targets=()
  for suite in "$@"; do
    case $suite in
      unit | contract) targets+=("acq-tests-$suite") ;;
      integration | api) targets+=("acq-tests-$suite" "${ACQ_PROGRAMS[@]}") ;;
      chaos) targets+=("acq-tests-chaos" acq-gateway-test acq-settlement-test "${ACQ_PROGRAMS[@]}") ;;
      examples | browser | tidy) targets+=("${ACQ_PROGRAMS[@]}") ;;
    esac
  done
  say "== build (log: $(log_of build))"
  build_targets "${targets[@]}"
}

# ./dev chaos [sweep|controls|replay|incident|outage|drain] [--rng-seed N]: proofs that take minutes, by the tags of
# tests/chaos. The seed says at which passing of each point a sweep kills.
run_chaos() {
  local what=${1:-} filter
  case $what in
    "") filter="[sweep],[controls],[replay],[incident],[outage],[drain]" ;;
    sweep | controls | replay | incident | outage | drain) filter="[$what]" ;;
    *) echo "dev: there is no chaos '$what'; there are sweep, controls, replay, incident, outage and drain." >&2 && exit 2 ;;
  esac
  make_folders
  install_packages
  build_for chaos
  [ $# -eq 0 ] || shift
  on_own_services chaos 21080 chaos "$filter" "$@"
  say "$passed passed, $failed failed"
  [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}

# check NAME COMMAND…: one case by its exit code; its output is shown only when it fails.
check() {
  local name=$1 output
  shift
  if output=$("$@" 2>&1); then
    passed=$((passed + 1))
    say "ok      $name"
  else
    failed=$((failed + 1))
    say "FAILED  $name"
    tail -n 40 <<<"$output" | while IFS= read -r line; do say "        | $line"; done
  fi
}

# add_counts LABEL: the closing line 'N passed, N failed' of a check that counts for itself; none is a failure.
add_counts() {
  local counts
  counts=$(sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' "$(log_of "$1")" | tail -n 1)
  if [ -z "$counts" ] || [ "$counts" = "0 0" ]; then
    say "FAILED  $1 ended without having counted anything (log: $(log_of "$1"))"
    counts="0 1"
  fi
  passed=$((passed + ${counts% *}))
  failed=$((failed + ${counts#* }))
}

# Runs a Catch2 binary and adds its own counts. No closing line (a crash) or no case at all is a failure.
run_catch() {
  local label=$1 log code=0 good=0 bad=0
  log=$(log_of "tests-$label")
  shift
  "$ACQ_BIN/acq-tests-$label" "$@" --use-colour no --durations no 2>&1 8>&- 9>&- | tee "$log" || code=$?
  if grep -q '^All tests passed' "$log"; then
    good=$(sed -n 's/^All tests passed (.* in \([0-9]*\) test cases\{0,1\}).*/\1/p' "$log" | tail -n 1)
  elif grep -q '^test cases:' "$log"; then
    good=$(grep '^test cases:' "$log" | tail -n 1 | sed -n 's/.*| *\([0-9]*\) passed.*/\1/p')
    bad=$(grep '^test cases:' "$log" | tail -n 1 | sed -n 's/.*| *\([0-9]*\) failed.*/\1/p')
  fi
  good=${good:-0} bad=${bad:-0}
  if [ "$bad" -eq 0 ] && { [ $code -ne 0 ] || [ "$good" -eq 0 ]; }; then
    say "FAILED  acq-tests-$label ended with $code after $good cases (log: $log)"
    bad=1
  fi
  passed=$((passed + good))
  failed=$((failed + bad))
}

suite_unit() { run_catch unit; }

suite_contract() {
  run_catch contract
  check "the schemas accept their good examples and refuse the bad ones" \
    /usr/bin/python3 "$ACQ_ROOT/tests/contract/check_schemas.py"
}

suite_integration() {
  make_test_tools
  export ACQ_TEST_PYTHON=$ACQ_TOOLS/bin/python
  on_own_services test 19080 integration
}

# The short form; `./dev chaos` runs the whole.
suite_chaos() { on_own_services chaos 21080 chaos "[short]"; }

# openapi.yaml against its linter and against a running gateway; bad requests without end. More of both: ./dev fuzz-api.
suite_api() {
  make_test_tools
  make_npm_tools
  check "spectral has nothing to report of openapi.yaml, and reports each planted fault" \
    /usr/bin/python3 "$ACQ_ROOT/tests/contract/lint_openapi.py" "$ACQ_NPM_TOOLS/node_modules/.bin/spectral"
  export ACQ_TEST_TOOLS=$ACQ_TOOLS
  on_own_services api 23580 api
}

# ./dev fuzz-api [BAD_REQUESTS] [EXAMPLES] [SEED]: the api suite with more of everything, or in another order.
fuzz_api() {
  export ACQ_API_BAD_REQUESTS=${1:-2000000} ACQ_API_EXAMPLES=${2:-300} ACQ_API_SEED=${3:-$RANDOM}
  say "$ACQ_API_BAD_REQUESTS bad requests, $ACQ_API_EXAMPLES examples of each operation, seed $ACQ_API_SEED"
  run_suites api
}

# The pages that a gateway serves, in a real browser.
suite_browser() {
  on_own_instance browser 24080
  with_lock system_up
  check "the API reference is drawn by a browser, from the gateway alone" reference_is_drawn
  end_own_instance
}

reference_is_drawn() {
  # shellcheck source=/dev/null
  . "$ACQ_LOCAL/env"
  /usr/bin/python3 "$ACQ_ROOT/tests/browser/check_reference.py" "$ACQ_ADMIN_URL" chromium
}

# The merchants of examples/ against a whole system: the check counts and names each language itself.
suite_examples() {
  on_own_instance examples 22080
  with_lock system_up
  # shellcheck source=/dev/null
  (. "$ACQ_LOCAL/env" && exec /usr/bin/python3 "$ACQ_ROOT/tests/examples/check_examples.py" 8>&- 9>&-) |
    tee "$(log_of tests-examples)" | grep -v ' passed, ' || true
  add_counts tests-examples
  end_own_instance
}

# on_own_services NAME PORT_BASE LABEL [FILTER]: a Catch2 binary on broker, database and Redis of its own.
on_own_services() {
  local label=$3
  on_own_instance "$1" "$2"
  shift 3
  with_lock services_up
  test_services_env
  run_catch "$label" "$@"
  end_own_instance
}

# Where tests and benchmarks find programs and services (tests/support/settings.hpp).
test_services_env() {
  export ACQ_TEST_BIN=$ACQ_BIN ACQ_TEST_LOCAL=$ACQ_LOCAL ACQ_TEST_DEV=$ACQ_ROOT/dev
  ACQ_TEST_KAFKA=$(kafka_address)
  ACQ_TEST_MARIADB_SOCKET=$(socket_of mariadb)
  ACQ_TEST_REDIS=$(socket_of redis)
  export ACQ_TEST_KAFKA ACQ_TEST_MARIADB_SOCKET ACQ_TEST_REDIS
  export ACQ_TEST_ADMIN_USER=acq_admin ACQ_TEST_ADMIN_PASSWORD_FILE=$ACQ_LOCAL/secrets/acq_admin.password
  export ACQ_TEST_SETTLEMENT_USER=acq_settlement ACQ_TEST_SETTLEMENT_PASSWORD_FILE=$ACQ_LOCAL/secrets/acq_settlement.password
  export ACQ_TEST_GATEWAY_USER=acq_gateway ACQ_TEST_GATEWAY_PASSWORD_FILE=$ACQ_LOCAL/secrets/acq_gateway.password
}

# on_own_instance NAME PORT_BASE: from here on a run of its own, empty, under .local/NAME; one at a time per checkout.
on_own_instance() {
  mkdir -p "$ACQ_ROOT/.local"
  exec 8>"$ACQ_ROOT/.local/test.lock"
  flock -n 8 || {
    say "waiting for another ./dev test of this checkout …"
    flock 8
  }
  ACQ_LOCAL=$ACQ_ROOT/.local/$1
  ACQ_PORT_BASE=$2
  mkdir -p "$ACQ_LOCAL"
  with_lock down
  find "$ACQ_LOCAL" -mindepth 1 -maxdepth 1 ! -name lock -exec rm -rf {} +
  # An interrupted run leaves nothing behind.
  trap 'with_lock down' EXIT
  trap 'exit 130' INT TERM
}

end_own_instance() {
  with_lock down
  trap - EXIT INT TERM
  exec 8>&-
}

suite_tidy() {
  local script
  cd "$ACQ_ROOT" || return
  for script in tests/tidy/*.py; do
    check "$script" /usr/bin/python3 "$script"
  done
  check "shellcheck" shell_files_are_clean
  check "clang-format" sources_are_formatted
  check "deploy/local/gateway.toml.example is what acq-gateway --help-config prints" \
    diff -u deploy/local/gateway.toml.example <("$ACQ_BIN/acq-gateway" --help-config)
  check "deploy/local/settlement.toml.example is what acq-settlement --help-config prints" \
    diff -u deploy/local/settlement.toml.example <("$ACQ_BIN/acq-settlement" --help-config)
}

shell_files_are_clean() {
  find dev .ci deploy tests examples -type f \( -name '*.sh' -o -path dev -o -path .ci/run \) -print0 2>/dev/null |
    xargs -0 shellcheck -S style
}

sources_are_formatted() {
  find common gateway settlement loadtest tests -name '*.[ch]pp' -print0 | xargs -0 clang-format --dry-run -Werror
}
