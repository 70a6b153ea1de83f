# shellcheck shell=bash
# One real Kafka broker in KRaft mode (broker and controller in one process), from KAFKA_HOME or from its jars.

kafka_marker() { echo "kafka.Kafka $ACQ_LOCAL/conf/kafka.properties"; }
kafka_address() { echo "127.0.0.1:$(port 12)"; }

# Prints the folder of the jars. They are fetched once per checkout, whatever ACQ_LOCAL says.
kafka_libs() {
  if [ -n "${KAFKA_HOME:-}" ]; then
    echo "$KAFKA_HOME/libs"
  else
    echo "$ACQ_ROOT/.local/kafka/libs"
  fi
}

fetch_kafka() {
  local libs log version
  libs=$(kafka_libs)
  if [ -n "${KAFKA_HOME:-}" ]; then
    # 4.0 refuses librdkafka 2.0.2; before 4.1 the log's settings file has another form.
    version=$(find "$libs" -maxdepth 1 -name 'kafka-server-[0-9]*.jar' -printf '%f\n' 2>/dev/null |
      sed -n 's/^kafka-server-\([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
    if [ -z "$version" ] || [ "$(printf '4.1\n%s\n' "$version" | sort -V | head -n 1)" != 4.1 ]; then
      fail "KAFKA_HOME=$KAFKA_HOME holds ${version:+Kafka $version, not }Kafka 4.1 or later" \
        "point it to an unpacked kafka_2.13-4.1.1, or unset it and the jars are fetched"
    fi
    return 0
  fi
  [ ! -e "$libs/.complete" ] || return 0
  log=$(log_of kafka-fetch)
  say "      fetching Kafka 4.1.1's jars by Maven coordinates (54 MB, once) into $libs"
  mkdir -p "$libs"
  show_progress "$log" '(Downloading|Downloaded|Copying)' \
    mvn -B -f "$ACQ_ROOT/deploy/local/kafka/pom.xml" dependency:copy-dependencies -DincludeScope=runtime \
    -DoutputDirectory="$libs" ||
    fail "Maven could not fetch Kafka's jars" \
      "check that this machine reaches its Maven repository, or set KAFKA_HOME to an unpacked Kafka 4.1.1" "$log"
  touch "$libs/.complete"
}

write_kafka_config() {
  cat >"$ACQ_LOCAL/conf/kafka.properties" <<TEXT
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$(port 13)
listeners=PLAINTEXT://$(kafka_address),CONTROLLER://127.0.0.1:$(port 13)
advertised.listeners=PLAINTEXT://$(kafka_address)
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=$ACQ_LOCAL/data/kafka
auto.create.topics.enable=false
# After kill -9 a broker waits for its own old session: 3.6 s with these, 11.7 s with the defaults (measured).
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
# What a retention that was set too low does is seen in seconds here, not at the default's next look in five minutes.
log.retention.check.interval.ms=5000
TEXT
}

start_kafka() {
  local libs
  ! running_pid kafka >/dev/null || return 0
  command -v java >/dev/null || fail "Kafka needs Java 17" "apt-get install openjdk-17-jre-headless"
  fetch_kafka
  libs=$(kafka_libs)
  require_free_port "$(port 12)" kafka
  require_free_port "$(port 13)" "kafka's controller"
  write_kafka_config
  if [ ! -e "$ACQ_LOCAL/data/kafka/meta.properties" ]; then
    java -cp "$libs/*" kafka.tools.StorageTool format -t "$(java -cp "$libs/*" kafka.tools.StorageTool random-uuid)" \
      -c "$ACQ_LOCAL/conf/kafka.properties" >"$(log_of kafka-format)" 2>&1 ||
      fail "Kafka could not prepare its data folder $ACQ_LOCAL/data/kafka" "read the lines above" "$(log_of kafka-format)"
  fi
  launch kafka java -Xms256m -Xmx512m -XX:+UseG1GC -XX:+ExitOnOutOfMemoryError -Djava.awt.headless=true \
    -Dlog4j2.configurationFile="$ACQ_ROOT/deploy/local/kafka/log4j2.properties" \
    -cp "$libs/*" kafka.Kafka "$ACQ_LOCAL/conf/kafka.properties"
  wait_ready kafka 60 grep -q 'Kafka Server started' "$(log_of kafka)"
}
