# shellcheck shell=bash
# The release build, with progress. Configuring again is cheap and notices new files.
# shellcheck disable=SC2034  # the other parts read these

ACQ_PROGRAMS=(acq-gateway acq-settlement acq acq-channel-sim acq-load)

configure_and_build() {
  cd "$ACQ_ROOT" || return
  cmake --preset release -DBUILD_TESTING=ON
  NINJA_STATUS='[%f/%t] ' cmake --build --preset release -j "$(nproc)" --target "$@"
}

build_targets() {
  local log
  mkdir -p "$ACQ_LOCAL/log"
  log=$(log_of build)
  show_progress "$log" '^\[[0-9]+/[0-9]+\]' configure_and_build "$@" || {
    grep -aE -m 5 '(error:|FAILED:|CMake Error)' "$log" >&2 || true
    fail "the build of $*" "read $log; then: cmake --build --preset release" "$log"
  }
}
