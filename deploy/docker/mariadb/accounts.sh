# shellcheck shell=bash
# Read by MariaDB's entrypoint when its data folder is new: who changes the schema, who settles, who reads and calls routines.
for name in acq_admin acq_settlement acq_gateway; do
  case $name in
    acq_admin) grants='ALL PRIVILEGES' ;;
    acq_settlement) grants='SELECT, INSERT, UPDATE, DELETE' ;;
    acq_gateway) grants='SELECT, EXECUTE' ;;
  esac
  # docker_process_sql is the entrypoint's own: it connects as root by the socket.
  docker_process_sql <<SQL
CREATE USER '$name'@'%' IDENTIFIED BY '$(<"/run/secrets/$name")';
GRANT $grants ON acq.* TO '$name'@'%';
SQL
done
