#!/usr/bin/env python3
"""Fault points: each named point is passed by a program, and each rule that can be broken is asked about, so that a
sweep or a control is never about a name that nothing heeds. Only gateway and settlement may name them."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
HEADER = ROOT / "common/faults/fault_points.hpp"
PROGRAMS = ["gateway", "settlement"]
OTHERS = ["common/domain", "common/codec", "common/kafka", "common/mariadb", "common/redis", "common/http",
          "common/journal", "loadtest"]


def names_of(text, enumeration):
    body = re.search(r"enum class " + enumeration + r" : std::uint8_t \{(.*?)\};", text, re.S).group(1)
    return re.findall(r"^\s*(\w+)\s*,", re.sub(r"//.*", "", body), re.M)


def sources(folders):
    return {path: path.read_text() for folder in folders for path in sorted((ROOT / folder).rglob("*.[ch]pp"))}


def main():
    header = HEADER.read_text()
    faults = []
    programs = sources(PROGRAMS)
    for enumeration, call in (("Point", "crash_point"), ("Rule", "broken")):
        names = names_of(header, enumeration)
        if len(names) < 10:
            faults.append(f"{HEADER.name}: only {len(names)} names of {enumeration} were found")
        table = re.search(enumeration.lower() + r"_names\{(.*?)\}", header, re.S).group(1)
        if re.findall(r'"(\w+)"', table) != names:
            faults.append(f"{HEADER.name}: {enumeration.lower()}_names differ from the enumerators, or stand in another order")
        for name in names:
            if not any(re.search(rf"{call}\((faults::)?{enumeration}::{name}\b", text) for text in programs.values()):
                faults.append(f"{enumeration}::{name} is named, and no program heeds it")
    for path, text in sources(OTHERS).items():
        if "common/faults" in text:
            faults.append(f"{path.relative_to(ROOT)} includes fault points: only {' and '.join(PROGRAMS)} may")
    for fault in faults:
        print(fault)
    print("fault points: ok" if not faults else f"fault points: {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
