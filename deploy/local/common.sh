# shellcheck shell=bash
# Where a run lives, how its processes are started, found again and stopped, and how a failure is told.
# shellcheck disable=SC2034  # the other parts read these

ACQ_LOCAL=${ACQ_LOCAL:-.local}
case $ACQ_LOCAL in /*) ;; *) ACQ_LOCAL=$ACQ_ROOT/$ACQ_LOCAL ;; esac
ACQ_PORT_BASE=${ACQ_PORT_BASE:-18080}
export ACQ_LOCAL ACQ_PORT_BASE
ACQ_BIN=$ACQ_ROOT/build/release/bin

say() { printf '%s\n' "$*"; }
step() { printf '[%s] %s\n' "$1" "$2"; }

# fail WHAT TO_DO [LOG]: what failed, the end of its log, what to do.
fail() {
  {
    printf '\nFAILED: %s\n' "$1"
    if [ -n "${3:-}" ] && [ -s "${3:-}" ]; then
      printf '  last lines of %s:\n' "$3"
      tail -n 15 "$3" | cut -c1-240 | sed 's/^/    | /'
    fi
    printf '  what to do: %s\n' "$2"
  } >&2
  exit 1
}

port() { echo $((ACQ_PORT_BASE + $1)); }
log_of() { echo "$ACQ_LOCAL/log/$1.log"; }
pid_file_of() { echo "$ACQ_LOCAL/run/$1.pid"; }

make_folders() {
  mkdir -p "$ACQ_LOCAL"/{run,log,data,conf}
  (umask 077 && mkdir -p "$ACQ_LOCAL/secrets")
  socket_folder mariadb >/dev/null
  socket_folder redis >/dev/null
}

# Two launchers at once would start everything twice. Services do not inherit the lock (launch closes it).
with_lock() {
  mkdir -p "$ACQ_LOCAL"
  exec 9>"$ACQ_LOCAL/lock"
  if ! flock -n 9; then
    say "waiting for another ./dev that works on $ACQ_LOCAL …"
    flock -w 300 9 || fail "another ./dev has worked on $ACQ_LOCAL for five minutes" "wait for it, or end it, and run this again"
  fi
  "$@"
  exec 9>&-
}

# A socket's path has room for 107 bytes; a deep checkout gets a short folder instead, remembered by a link.
socket_folder() {
  local name=$1 folder=$ACQ_LOCAL/run/$1 link=$ACQ_LOCAL/run/$1.short
  if [ $((${#folder} + ${#name} + 6)) -gt 100 ]; then
    if [ ! -d "$link" ]; then
      folder=$(mktemp -d "${TMPDIR:-/tmp}/acq-XXXXXX")
      chmod 711 "$folder"
      ln -sfn "$folder" "$link"
    fi
    folder=$(readlink "$link")
    [ $((${#folder} + ${#name} + 6)) -le 100 ] ||
      fail "no path short enough for a unix socket (107 bytes): $folder" "set TMPDIR=/tmp, or check out to a shorter path"
  fi
  mkdir -p "$folder"
  echo "$folder"
}
# The socket itself; .local/run/NAME.sock is a link to it.
socket_of() { echo "$(socket_folder "$1")/$1.sock"; }

port_open() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

require_free_port() {
  ! port_open "$1" ||
    fail "$2 needs port $1, and something that ./dev did not start listens there" \
      "stop it ('ss -ltnp' names it), or choose other ports: ACQ_PORT_BASE=28080 ./dev up"
}

# The pid of a service that is ours, or nothing. A pid alone proves nothing: the command line must be the service's own.
running_pid() {
  local pid file
  file=$(pid_file_of "$1")
  [ -s "$file" ] || return 1
  pid=$(<"$file")
  [ -r "/proc/$pid/cmdline" ] || return 1
  tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF -- "$(marker_of "$1")" || return 1
  echo "$pid"
}

# launch NAME COMMAND…: in a session of its own, so that ^C here does not reach it; the last run's log is kept as .1.
launch() {
  local name=$1 log
  shift
  log=$(log_of "$name")
  [ ! -e "$log" ] || mv -f "$log" "$log.1"
  setsid "$@" >"$log" 2>&1 </dev/null 8>&- 9>&- &
  echo $! >"$(pid_file_of "$name")"
  disown
}

# wait_ready NAME SECONDS COMMAND…: until the command succeeds; at once when the process has died.
wait_ready() {
  local name=$1 seconds=$2 deadline
  shift 2
  deadline=$((SECONDS + seconds))
  until "$@" >/dev/null 2>&1; do
    if ! kill -0 "$(<"$(pid_file_of "$name")")" 2>/dev/null; then
      fail "$name ended while it was starting" "read the lines above; whole log: $(log_of "$name")" "$(log_of "$name")"
    fi
    [ $SECONDS -lt $deadline ] ||
      fail "$name was not ready after $seconds s" "read $(log_of "$name"); './dev restart $name' tries again" "$(log_of "$name")"
    sleep 0.1
  done
}

# SIGTERM, a bounded wait, then SIGKILL: kill -9 is a normal case of recovery, so insisting is safe.
stop_service() {
  local name=$1 seconds=${2:-40} pid deadline
  if ! pid=$(running_pid "$name"); then
    rm -f "$(pid_file_of "$name")"
    return 0
  fi
  say "stopping $name (pid $pid)"
  kill -TERM "$pid" 2>/dev/null || true
  deadline=$((SECONDS + seconds))
  while kill -0 "$pid" 2>/dev/null && [ "$(sed 's/.*) //; s/ .*//' "/proc/$pid/stat" 2>/dev/null)" != Z ]; do
    if [ $SECONDS -ge $deadline ]; then
      say "$name did not stop within $seconds s: killed (its log: $(log_of "$name"))"
      kill -KILL "$pid" 2>/dev/null || true
      sleep 0.5
      break
    fi
    sleep 0.1
  done
  rm -f "$(pid_file_of "$name")"
}

restart_service() {
  stop_service "$1"
  start_service "$1"
}

started_at() {
  local ticks boot
  ticks=$(sed 's/.*) //' "/proc/$1/stat" | cut -d' ' -f20)
  boot=$(sed -n 's/^btime //p' /proc/stat)
  date -d "@$((boot + ticks / $(getconf CLK_TCK)))" '+%F %T'
}

new_secret() {
  [ -s "$2" ] || (umask 077 && openssl rand -hex "$1" >"$2.new" && mv "$2.new" "$2")
}
