#!/usr/bin/env python3
"""Files of others that lie in this tree are what their SHA256SUMS says: all of them, and no others."""
import hashlib
import pathlib
import shutil
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ["gateway/reference/swagger-ui"]


def differences(folder):
    sums = dict(reversed(line.split("  ", 1)) for line in (folder / "SHA256SUMS").read_text().splitlines())
    there = {path.name for path in folder.iterdir()} - {"SHA256SUMS"}
    for name in sorted(there ^ set(sums)):
        yield f"{folder}/{name}: is {'not listed' if name in there else 'missing'}"
    for name in sorted(there & set(sums)):
        if hashlib.sha256((folder / name).read_bytes()).hexdigest() != sums[name]:
            yield f"{folder}/{name}: is not what SHA256SUMS says"
    if not any("LICENSE" in name for name in there):
        yield f"{folder}: has no licence"


def planted(folder):
    """A check that cannot find a planted fault finds none at all."""
    for what in ("changed", "missing", "unlisted"):
        with tempfile.TemporaryDirectory() as scratch:
            copy = pathlib.Path(scratch) / folder.name
            shutil.copytree(folder, copy)
            victim = next(path for path in sorted(copy.iterdir()) if path.suffix == ".css")
            if what == "changed":
                victim.write_bytes(victim.read_bytes() + b" ")
            elif what == "missing":
                victim.unlink()
            else:
                (copy / "other.js").write_text("")
            if not list(differences(copy)):
                yield f"{folder}: a planted {what} file was not reported"


def main():
    found = [line for folder in FOLDERS for line in differences(ROOT / folder)]
    found = found or [line for folder in FOLDERS for line in planted(ROOT / folder)]
    for line in found:
        print(line, file=sys.stderr)
    if not found:
        print(f"vendored: {', '.join(FOLDERS)} as listed; planted faults were found")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
