# shellcheck shell=bash
# What Debian 12 must have: only what is missing is installed, and no daemon of the distribution's own is started.

ACQ_PACKAGES=(
  build-essential cmake ninja-build ccache mold pkg-config git ca-certificates
  libboost1.81-dev librdkafka-dev libmariadb-dev libhiredis-dev libssl-dev nlohmann-json3-dev catch2 libcli11-dev
  libfmt-dev libspdlog-dev libtomlplusplus-dev libyaml-cpp-dev prometheus-cpp-dev
  mariadb-server redis-server openjdk-17-jdk-headless maven nodejs golang-go
  python3 python3-venv python3-yaml python3-jsonschema curl jq openssl haproxy clang-format shellcheck
)

missing_packages() {
  local installed package
  # shellcheck disable=SC2016  # dpkg's own placeholders
  # dpkg-query exits 1 when it does not know one of them, which is no error here.
  installed=$({ dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' "${ACQ_PACKAGES[@]}" 2>/dev/null || true; } |
    sed -n 's/^ii *//p')
  for package in "${ACQ_PACKAGES[@]}"; do
    grep -qxF -- "$package" <<<"$installed" || echo "$package"
  done
}

# Runs as root. Packages must not start daemons: ours have their own data and ports. A policy that is there stays.
apt_install() {
  local policy=/usr/sbin/policy-rc.d code=0
  local script="set -e
    export DEBIAN_FRONTEND=noninteractive
    if [ ! -e $policy ]; then
      printf '#!/bin/sh\nexit 101\n' >$policy; chmod 755 $policy
      trap 'rm -f $policy' EXIT
    fi
    apt-get -q update
    apt-get -q install -y --no-install-recommends $*"
  if [ "$(id -u)" -eq 0 ]; then
    bash -c "$script" || code=$?
  else
    sudo bash -c "$script" || code=$?
  fi
  return $code
}

install_packages() {
  local missing log
  command -v dpkg-query >/dev/null ||
    fail "this machine has no dpkg, and ./dev knows Debian 12's package names only" \
      "use Debian 12 (bookworm), or a container of it"
  mapfile -t missing < <(missing_packages)
  [ ${#missing[@]} -gt 0 ] || return 0
  mkdir -p "$ACQ_LOCAL/log"
  log=$(log_of packages)
  if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
    fail "${#missing[@]} Debian packages are missing, and installing them needs root" \
      "run as root:  apt-get update && apt-get install -y --no-install-recommends ${missing[*]}"
  fi
  say "      installing ${#missing[@]} packages: ${missing[*]}"
  show_progress "$log" '^(Get:|Selecting|Preparing|Unpacking|Setting up)' apt_install "${missing[@]}" ||
    fail "apt-get did not install what is missing" \
      "run as root:  apt-get update && apt-get install -y --no-install-recommends ${missing[*]}" "$log"
}

# show_progress LOG PATTERN COMMAND…: runs the command with its output in LOG, and shows its newest line that matches,
# in place on a terminal, else one plain line each 15 s.
show_progress() {
  local log=$1 pattern=$2 pid newest shown='' code=0 ticks=0
  shift 2
  "$@" >"$log" 2>&1 </dev/null &
  pid=$!
  while kill -0 $pid 2>/dev/null; do
    sleep 0.5
    ticks=$((ticks + 1))
    newest=$(tail -c 4000 "$log" 2>/dev/null | grep -aE -- "$pattern" | tail -n 1 | cut -c1-100) || true
    if [ -t 1 ]; then
      printf '\r      %-100s' "$newest"
    elif [ $((ticks % 30)) -eq 0 ] && [ "$newest" != "$shown" ]; then
      shown=$newest
      say "      $newest"
    fi
  done
  [ ! -t 1 ] || printf '\r%-110s\r' ''
  wait $pid || code=$?
  return $code
}
