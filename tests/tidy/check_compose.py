#!/usr/bin/env python3
"""docker-compose.yml without an engine: its structure, and the files it names. `docker-compose config` where it exists.

Each run first breaks a copy in every way that is checked, and demands that each break is found.
"""
import copy
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
CONDITIONS = {"service_started", "service_healthy", "service_completed_successfully"}


def as_map(depends):
    return depends if isinstance(depends, dict) else {name: {"condition": "service_started"} for name in depends or []}


def faults_of(compose, root=ROOT):
    services, secrets = compose.get("services", {}), compose.get("secrets", {})
    for name, service in services.items():
        image = service.get("image", "")
        if not re.search(r":[^:/]+$", image) or image.endswith(":latest"):
            yield f"{name}: image '{image}' has no fixed tag"
        for key in ("stop_grace_period", "cap_drop"):
            if key not in service:
                yield f"{name}: no {key}"
        if not service.get("read_only") and not image.startswith("apache/kafka"):
            yield f"{name}: its root is writable"  # Kafka's image writes its own settings file
        for other, wanted in as_map(service.get("depends_on")).items():
            condition = wanted.get("condition")
            if other not in services:
                yield f"{name}: depends on '{other}', which is no service"
            elif condition not in CONDITIONS:
                yield f"{name}: '{condition}' is no condition"
            elif condition == "service_healthy" and "healthcheck" not in services[other]:
                yield f"{name}: waits for {other}'s health, which nothing checks"
            elif condition == "service_completed_successfully" and services[other].get("restart") != "no":
                yield f"{name}: waits for the end of {other}, which is restarted"
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("."):
                if not (root / source).exists():
                    yield f"{name}: {source} is not in the tree"
            elif source not in compose.get("volumes", {}):
                yield f"{name}: volume '{source}' is not declared"
        for secret in service.get("secrets", []):
            if secret not in secrets:
                yield f"{name}: secret '{secret}' is not declared"
        for network in service.get("networks", []):
            if network not in compose.get("networks", {}):
                yield f"{name}: network '{network}' is not declared"
        mode = service.get("network_mode", "")
        if mode.startswith("service:") and mode.removeprefix("service:") not in services:
            yield f"{name}: {mode} is no service"
        if "build" in service and not (root / service["build"]["dockerfile"]).is_file():
            yield f"{name}: no {service['build']['dockerfile']}"
        for key, value in (service.get("environment") or {}).items():
            if re.search(r"PASSWORD|SECRET|TOKEN", key) and not key.endswith("_FILE"):
                yield f"{name}: {key} would put a secret ({value}) into the environment"


def brokers_keep_three_copies(compose, root=ROOT):
    brokers = [s for s in compose["services"].values() if s["image"].startswith("apache/kafka")]
    topic = yaml.safe_load((root / "deploy/docker/topics.yaml").read_text())["topics"][0]
    if len(brokers) != 3 or topic["replication_factor"] != 3 or topic["settings"]["min.insync.replicas"] != "2":
        yield "three brokers, replication 3 and min.insync.replicas 2 belong together"
    local = yaml.safe_load((root / "schemas/topics.yaml").read_text())["topics"][0]
    for key in local["settings"].keys() | topic["settings"].keys():
        if key != "min.insync.replicas" and local["settings"].get(key) != topic["settings"].get(key):
            yield f"topics: {key} differs between schemas/topics.yaml and deploy/docker/topics.yaml"


def control(good):
    def broken(change):
        bad = copy.deepcopy(good)
        change(bad)
        return list(faults_of(bad))

    breaks = {
        "unknown dependency": lambda c: c["services"]["topic"]["depends_on"].update(nobody={"condition": "service_healthy"}),
        "no health check": lambda c: c["services"]["mariadb"].pop("healthcheck"),
        "undeclared volume": lambda c: c["volumes"].pop("mariadb"),
        "undeclared secret": lambda c: c["secrets"].pop("master_key"),
        "latest": lambda c: c["services"]["redis"].update(image="redis:latest"),
        "secret in the environment": lambda c: c["services"]["mariadb"]["environment"].update(MARIADB_PASSWORD="x"),
        "restarted one-shot": lambda c: c["services"]["migrate"].update(restart="always"),
    }
    missed = [name for name, change in breaks.items() if not broken(change)]
    if missed:
        sys.exit(f"the check itself is broken, it does not see: {missed}")
    return len(breaks)


def main():
    file = ROOT / "docker-compose.yml"
    compose = yaml.safe_load(file.read_text(encoding="utf-8"))
    faults = list(faults_of(compose)) + list(brokers_keep_three_copies(compose))
    if not faults:
        print(f"{len(compose['services'])} services, {control(compose)} planted faults found")
    if shutil.which("docker-compose"):
        # A copy, because `config` reads the secrets' paths relative to the project.
        with tempfile.TemporaryDirectory() as folder:
            shutil.copy(file, folder)
            asked = subprocess.run(["docker-compose", "-f", f"{folder}/docker-compose.yml", "config", "-q"],
                                   capture_output=True, text=True, check=False)
        if asked.returncode != 0:
            faults.append(f"docker-compose config: {asked.stderr.strip()}")
    print("\n".join(faults))
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
