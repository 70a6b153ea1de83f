#!/usr/bin/env python3
"""Every configuration file is TOML, and the containers' files use only keys that the examples have."""
import pathlib
import sys
import tomllib

ROOT = pathlib.Path(__file__).resolve().parents[2]


def keys_of(text):
    """Section and key pairs; in an example, a required key stands commented out."""
    section, keys = "", set()
    for line in text.splitlines():
        line = line.removeprefix("# ")
        if line.startswith("["):
            section = line.strip("[]")
        elif " = " in line and line.split(" = ")[0].isidentifier():
            keys.add((section, line.split(" = ")[0]))
        elif line.endswith(" =") and line[:-2].isidentifier():
            keys.add((section, line[:-2]))
    return keys


def faults_of(path, text, example):
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return [f"{path}: {error}"]
    used = {(section, key) for section, table in values.items() for key in table}
    return [f"{path}: {section}.{key} is not a key" for section, key in sorted(used - keys_of(example))]


def main():
    # A checker that cannot fail proves nothing: one fault of each kind is planted first.
    planted = ["[kafka\nbrokers = 1", '[kafka]\nbrokerz = "x"', '[cafe]\nbrokers = "x"']
    missed = [text for text in planted if len(faults_of("planted", text, "[kafka]\n# brokers =")) != 1]
    if missed or faults_of("planted", '[kafka]\nbrokers = "x"', "[kafka]\n# brokers ="):
        sys.exit(f"the checker itself is wrong about {missed}")
    faults, checked = [], 0
    for program in ("gateway", "settlement"):
        example = (ROOT / f"deploy/local/{program}.toml.example").read_text(encoding="utf-8")
        for path in (f"deploy/local/{program}.toml.example", f"deploy/docker/{program}.toml"):
            checked += 1
            faults += faults_of(path, (ROOT / path).read_text(encoding="utf-8"), example)
    print("\n".join(faults) or f"{checked} files, {len(planted)} planted faults found")
    sys.exit(1 if faults or checked != 4 else 0)


if __name__ == "__main__":
    main()
