# shellcheck shell=bash
# MariaDB 10.11 from the distribution, with a data folder, a settings file and a unix socket of our own.

mariadb_marker() { echo "--defaults-file=$ACQ_LOCAL/conf/mariadb.cnf"; }

# As root it runs as mysql, unless that user cannot reach the checkout (say, in /root): then as root, on a socket only.
mariadb_user() {
  if [ "$(id -u)" -ne 0 ]; then
    id -un
  elif setpriv --reuid mysql --regid mysql --clear-groups test -x "$ACQ_LOCAL/data" -a -x "$(socket_folder mariadb)"; then
    echo mysql
  else
    echo root
  fi
}

write_mariadb_config() {
  cat >"$ACQ_LOCAL/conf/mariadb.cnf" <<TEXT
[mariadbd]
user = $1
datadir = $ACQ_LOCAL/data/mariadb
socket = $(socket_of mariadb)
pid-file = $(socket_folder mariadb)/mariadbd.pid
skip-networking
skip-log-bin
skip-name-resolve
# A committed payment survives a power cut; acq-settlement refuses to start without these.
innodb_flush_log_at_trx_commit = 1
innodb_doublewrite = 1
sync_binlog = 1
innodb_rollback_on_timeout = ON
innodb_snapshot_isolation = ON
local_infile = OFF
character_set_server = utf8mb4
collation_server = utf8mb4_bin
sql_mode = STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION
innodb_buffer_pool_size = 256M
innodb_log_file_size = 256M
max_connections = 200
performance_schema = OFF
TEXT
}

start_mariadb() {
  local user folder data
  ! running_pid mariadb >/dev/null || return 0
  folder=$(socket_folder mariadb)
  user=$(mariadb_user)
  data=$ACQ_LOCAL/data/mariadb
  write_mariadb_config "$user"
  mkdir -p "$data"
  [ "$(id -u)" -ne 0 ] || chown -R "$user:" "$data" "$folder"
  if [ ! -d "$data/mysql" ]; then
    mariadb-install-db --defaults-file="$ACQ_LOCAL/conf/mariadb.cnf" --auth-root-authentication-method=socket \
      --auth-root-socket-user="$(id -un)" --skip-test-db >"$(log_of mariadb-install)" 2>&1 ||
      fail "MariaDB could not prepare its data folder $data" \
        "read the lines above; './dev down && rm -rf $data' starts afresh" "$(log_of mariadb-install)"
  fi
  launch mariadb "$(command -v mariadbd || echo /usr/sbin/mariadbd)" --defaults-file="$ACQ_LOCAL/conf/mariadb.cnf"
  wait_ready mariadb 60 mariadb_ready
  ln -sfn "$(socket_of mariadb)" "$ACQ_LOCAL/run/mariadb.sock"
}

# As the account that the socket itself proves: whoever started the server. SQL comes on stdin, so no secret is an argument.
mariadb_sql() {
  mariadb --no-defaults --socket="$(socket_of mariadb)" --user="$(id -un)" --batch --skip-column-names
}

mariadb_ready() { mariadb_sql <<<'SELECT 1'; }

# Three accounts: who changes the schema, who settles, who reads and calls routines. Integration tests use databases named acq_….
create_accounts() {
  local name grants
  for name in acq_admin acq_settlement acq_gateway; do
    new_secret 24 "$ACQ_LOCAL/secrets/$name.password"
  done
  {
    echo 'CREATE DATABASE IF NOT EXISTS acq CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;'
    for name in acq_admin acq_settlement acq_gateway; do
      case $name in
        acq_admin) grants='ALL PRIVILEGES' ;;
        acq_settlement) grants='SELECT, INSERT, UPDATE, DELETE' ;;
        acq_gateway) grants='SELECT, EXECUTE' ;;
      esac
      printf "CREATE USER IF NOT EXISTS %s@localhost;\nALTER USER %s@localhost IDENTIFIED BY '%s';\n" \
        "$name" "$name" "$(<"$ACQ_LOCAL/secrets/$name.password")"
      # shellcheck disable=SC2016  # SQL's own quotes
      printf 'GRANT %s ON `acq`.* TO %s@localhost;\nGRANT %s ON `acq\\_%%`.* TO %s@localhost;\n' \
        "$grants" "$name" "$grants" "$name"
    done
  } | mariadb_sql || fail "MariaDB refused the database or its accounts" "read the sentence above" "$(log_of mariadb)"
}
