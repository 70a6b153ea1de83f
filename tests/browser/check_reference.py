#!/usr/bin/env python3
"""The reference page in a real browser: check_reference.py ADMIN_URL [CHROMIUM].

Swagger UI must have drawn every operation of openapi.yaml, from this server alone (no other name resolves), without a
complaint on the console. The control: the errors page, which draws none, must not pass.
"""
import pathlib
import subprocess
import sys
import tempfile
import urllib.request

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]


def browse(chromium, url, profile):
    return subprocess.run(
        [chromium, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-extensions",
         "--disable-background-networking", "--disable-component-update", "--no-first-run", f"--user-data-dir={profile}",
         "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--enable-logging=stderr", "--v=0",
         "--virtual-time-budget=20000", "--timeout=60000", "--dump-dom", url],
        capture_output=True, text=True, check=False, timeout=180)


def faults_of(chromium, url):
    contract = yaml.safe_load((ROOT / "schemas/api/openapi.yaml").read_text())
    with tempfile.TemporaryDirectory() as profile:
        seen = browse(chromium, url, profile)
    if seen.returncode != 0:
        yield f"{chromium} ended with {seen.returncode}: {seen.stderr[-500:]}"
    for path, item in contract["paths"].items():
        for operation in item.values():
            if f"operations-{operation['tags'][0]}-{operation['operationId']}" not in seen.stdout:
                yield f"{operation['operationId']} ({path}) is not on the page"
    for line in seen.stderr.splitlines():
        if ":CONSOLE" in line:
            yield f"the console says: {line}"


def main():
    admin, chromium = sys.argv[1].rstrip("/"), (sys.argv[2:] or ["chromium"])[0]
    with urllib.request.urlopen(f"{admin}/docs") as answer:
        policy = answer.headers["Content-Security-Policy"]
    faults = list(faults_of(chromium, f"{admin}/docs"))
    if not (policy or "").startswith("default-src 'self'"):
        faults.append(f"the page's policy is {policy}")
    if not list(faults_of(chromium, f"{admin}/docs/errors")):
        faults.append("a page without the reference was taken for it")
    for fault in faults:
        print(fault, file=sys.stderr)
    if not faults:
        print("reference: every operation is on the page, loaded from this server alone; another page was refused")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
