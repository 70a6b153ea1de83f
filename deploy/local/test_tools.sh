# shellcheck shell=bash
# Tools that only tests need, in folders of this checkout's: exact versions, each with its hash. Python's in a virtual
# environment, npm's (spectral) beside it.

ACQ_TOOLS=$ACQ_ROOT/.local/venv
ACQ_NPM_TOOLS=$ACQ_ROOT/.local/npm

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

# The same for tests/tools/package-lock.json. No package's script is run.
make_npm_tools() {
  local wanted=$ACQ_ROOT/tests/tools/package-lock.json made=$ACQ_NPM_TOOLS/made-from.json log
  cmp -s "$wanted" "$made" && return 0
  log=$(log_of test-tools)
  rm -rf "$ACQ_NPM_TOOLS"
  mkdir -p "$ACQ_NPM_TOOLS" "$(dirname "$log")"
  say "      installing npm tools for tests"
  cp "$ACQ_ROOT/tests/tools/package.json" "$wanted" "$ACQ_NPM_TOOLS/"
  if ! npm ci --prefix "$ACQ_NPM_TOOLS" --ignore-scripts --no-audit --no-fund >"$log" 2>&1; then
    rm -rf "$ACQ_NPM_TOOLS"
    fail "the npm tools that tests need could not be installed" \
      "see that npm reaches a registry with tests/tools/package-lock.json's versions, and run this again" "$log"
  fi
  cp "$wanted" "$made"
}
