# shellcheck shell=bash
# ./dev bench: measurements, never tests. They run on an instance of their own, because they change the server's settings
# and must not share it; docs/benchmarks.md says what each measures.

bench() {
  local what=${1:-}
  local targets=()
  case $what in
    settle | rows) targets=(acq-bench-settlement) ;;
    accept | idle) targets=(acq-bench-accept acq-bench-hello "${ACQ_PROGRAMS[@]}") ;;
    *)
      echo "dev: bench accept | idle | settle | rows [OPTION…]; '--help' behind the name lists its options." >&2
      exit 2
      ;;
  esac
  shift
  if [ -z "${ACQ_BENCH_LOCAL:-}" ]; then ACQ_LOCAL=$ACQ_ROOT/.local/bench; else ACQ_LOCAL=$ACQ_BENCH_LOCAL; fi
  # shellcheck disable=SC2034  # the other parts read it
  ACQ_PORT_BASE=${ACQ_BENCH_PORT_BASE:-20080}
  make_folders
  install_packages
  build_targets "${targets[@]}"
  trap 'with_lock services_down >/dev/null' EXIT
  trap 'exit 130' INT TERM
  with_lock services_up
  run_bench "$what" "$@"
}

run_bench() {
  case $1 in
    accept | idle)
      test_services_env
      "$ACQ_BIN/acq-bench-accept" "$@"
      return
      ;;
  esac
  "$ACQ_BIN/acq-bench-settlement" --kafka "$(kafka_address)" --redis "$(socket_of redis)" \
    --mariadb "$(socket_of mariadb)" --secrets "$ACQ_LOCAL/secrets" --schemas "$ACQ_ROOT/schemas/db" \
    --topics-file "$ACQ_ROOT/schemas/topics.yaml" "$@"
}
