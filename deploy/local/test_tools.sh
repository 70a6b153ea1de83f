# shellcheck shell=bash
# Python tools that only tests need, in a virtual environment of this checkout's: exact versions, each with its hash.

ACQ_TOOLS=$ACQ_ROOT/.local/venv

# Makes or renews it when tests/tools/requirements.txt is another than it was made from; an interrupted run leaves none
# that looks whole.
make_test_tools() {
  local wanted=$ACQ_ROOT/tests/tools/requirements.txt made=$ACQ_TOOLS/requirements.txt log
  cmp -s "$wanted" "$made" && return 0
  log=$(log_of test-tools)
  mkdir -p "$ACQ_ROOT/.local" "$(dirname "$log")"
  rm -rf "$ACQ_TOOLS"
  say "      installing Python tools for tests"
  if ! /usr/bin/python3 -m venv "$ACQ_TOOLS" >"$log" 2>&1 ||
    ! "$ACQ_TOOLS/bin/python" -m pip --quiet --disable-pip-version-check install \
      --require-hashes --only-binary :all: -r "$wanted" >>"$log" 2>&1; then
    rm -rf "$ACQ_TOOLS"
    fail "the Python tools that tests need could not be installed" \
      "see that pip reaches a package index with tests/tools/requirements.txt's versions, and run this again" "$log"
  fi
  cp "$wanted" "$made"
}
