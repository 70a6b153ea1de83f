#!/usr/bin/env python3
"""Lints schemas/api/openapi.yaml with spectral (tests/tools/spectral.yaml), and two copies full of planted faults.

Each fault must be reported by the rule that it breaks: a lint that finds nothing in them finds nothing at all. Called as
lint_openapi.py SPECTRAL.
"""
import copy
import json
import pathlib
import subprocess
import sys
import tempfile

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
OPENAPI = ROOT / "schemas/api/openapi.yaml"


def at(document, *path):
    for part in path:
        document = document[part]
    return document


CREATE = ("paths", "/v1/payments", "post")
# Rule: how its fault is planted.
PLANTS = {
    "oas3-schema": lambda d: at(d, "paths", "/v1/refunds", "get").update(responses=[]),
    "operation-operationId-unique": lambda d: at(d, "paths", "/v1/payments", "get").update(operationId="createPayment"),
    "operation-tag-defined": lambda d: at(d, *CREATE).update(tags=["nowhere"]),
    "path-params": lambda d: at(d, "components", "parameters", "PaymentId").update(name="other_id"),
    "oas3-unused-component": lambda d: at(d, "components", "schemas").update(Unused={"type": "string"}),
    "oas3-valid-media-example": lambda d: at(d, *CREATE, "requestBody", "content", "application/json", "examples", "qr",
                                             "value").update(amount="1999"),
    "oas3-operation-security-defined": lambda d: d.update(security=[{"nobody": []}]),
    "acq-refusals-are-problems": lambda d: at(d, "components", "responses", "Forbidden").update(
        content={"application/json": {"schema": {}}}),
    "acq-request-id": lambda d: at(d, "components", "responses", "NotFound", "headers").pop("Request-Id"),
    "acq-later": lambda d: at(d, "components", "responses", "NotNow", "headers").pop("Retry-After"),
    "acq-codes": lambda d: at(d, *CREATE).pop("x-codes"),
    "acq-examples": lambda d: at(d, *CREATE, "requestBody", "content", "application/json").pop("examples"),
}


def main():
    spectral = sys.argv[1]
    good = yaml.safe_load(OPENAPI.read_text())
    # Examples are held against schemas only where the document is sound, so theirs is a copy of its own.
    groups = {"examples": ["oas3-valid-media-example"]}
    groups["others"] = [rule for rule in PLANTS if rule not in groups["examples"]]
    with tempfile.TemporaryDirectory() as folder:
        paths = {group: pathlib.Path(folder) / f"{group}.json" for group in groups}
        for group, rules in groups.items():
            document = copy.deepcopy(good)
            for rule in rules:
                PLANTS[rule](document)
            paths[group].write_text(json.dumps(document))
        linted = subprocess.run(
            [spectral, "lint", "--quiet", "-f", "json", "-r", ROOT / "tests/tools/spectral.yaml", OPENAPI, *paths.values()],
            capture_output=True, text=True, check=False)
    if linted.returncode not in (0, 1):
        sys.exit(f"spectral ended with {linted.returncode}: {linted.stderr}")
    found = json.loads(linted.stdout)
    faults = [f"openapi.yaml:{f['range']['start']['line'] + 1}: {f['code']}: {f['message']}"
              for f in found if f["source"] == str(OPENAPI)]
    for group, rules in groups.items():
        told = {f["code"] for f in found if f["source"] == str(paths[group])}
        faults += [f"a planted fault was not reported by {rule}" for rule in rules if rule not in told]
    for fault in faults:
        print(fault, file=sys.stderr)
    if not faults:
        print(f"openapi.yaml: nothing to report; each of {len(PLANTS)} planted faults was reported")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
