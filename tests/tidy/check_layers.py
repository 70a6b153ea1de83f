#!/usr/bin/env python3
"""Reads every include line and checks who may include whom. Layers that nothing checks do rot.

The tables below are the rule; docs/architecture.md explains it. `--root DIR` checks another tree. Each run first plants
one violation of each kind in a temporary tree and demands that it is found: a check that cannot fail proves nothing.
"""
import argparse
import pathlib
import re
import sys
import tempfile

# layer -> (layers of ours it may include, third-party libraries it may include)
BASIC = {"boost.system", "boost", "asio", "fmt"}
DRIVER_BELOW = {"error", "limits", "runtime", "crypto"}
COMMON = {"error", "limits", "faults", "domain", "codec", "runtime", "crypto", "kafka", "mariadb", "redis", "http", "journal"}
LAYERS = {
    "error": (set(), {"boost.system"}),
    "limits": (set(), set()),
    "faults": ({"error"}, set()),
    "domain": ({"error", "limits"}, set()),
    "codec": ({"error", "limits", "domain"}, {"nlohmann", "fmt"}),
    "runtime": ({"error", "limits"}, BASIC | {"toml++", "spdlog", "prometheus", "cli11"}),
    "crypto": ({"error", "limits"}, {"openssl"}),
    "kafka": (DRIVER_BELOW, BASIC | {"librdkafka", "yaml-cpp"}),
    "mariadb": (DRIVER_BELOW, BASIC | {"libmariadb"}),
    "redis": (DRIVER_BELOW, BASIC | {"hiredis"}),
    "http": (DRIVER_BELOW, BASIC | {"beast", "openssl"}),
    "journal": (DRIVER_BELOW, BASIC),
    "gateway": (COMMON, BASIC | {"cli11"}),
    "settlement": (COMMON, BASIC | {"cli11"}),
    "rivals": (set(), BASIC | {"beast", "cli11"}),
    "loadtest": ({"error", "limits", "domain", "codec", "runtime", "crypto", "http"}, BASIC | {"cli11"}),
}

# The first prefix that fits names the library.
LIBRARIES = [
    ("boost/system", "boost.system"), ("boost/asio", "asio"), ("boost/beast", "beast"), ("boost/", "boost"),
    ("nlohmann/", "nlohmann"), ("fmt/", "fmt"), ("spdlog/", "spdlog"), ("toml++/", "toml++"), ("toml.hpp", "toml++"),
    ("prometheus/", "prometheus"), ("CLI/", "cli11"), ("openssl/", "openssl"), ("librdkafka/", "librdkafka"),
    ("yaml-cpp/", "yaml-cpp"), ("mysql", "libmariadb"), ("mariadb/", "libmariadb"), ("hiredis", "hiredis"),
    ("catch2/", "catch2"),
]

# These cost seconds per file that includes them, so a header may only when it is its own layer's inner matter: included
# by .cpp files of its layer and by tests, by nothing else.
HEAVY = {"beast", "nlohmann", "toml++"}

# domain is pure: no files, threads, sockets or clocks of the system.
IMPURE = re.compile(r"^(sys/|unistd\.h|fcntl\.h|netinet/|arpa/|poll\.h|fstream$|iostream$|thread$|mutex$|filesystem$)")

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
UNFINISHED = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME"]) + r")\b")
FOLDERS = ["common", "gateway", "settlement", "loadtest", "tests"]


def layer_of(path):
    parts = pathlib.PurePosixPath(path).parts
    if parts[:3] == ("loadtest", "bench", "rivals"):
        return "rivals"
    if parts[0] == "common":
        return parts[1] if len(parts) > 2 else pathlib.PurePosixPath(parts[1]).stem
    return parts[0]


def library_of(included):
    return next((name for prefix, name in LIBRARIES if included.startswith(prefix)), None)


def headers_shown(texts):
    """Our headers that other headers or other layers include, each with one that does."""
    shown = {}
    for path, text in texts.items():
        for line in text.splitlines():
            match = INCLUDE.match(line)
            if match and match.group(2) in texts:
                other = match.group(2)
                if layer_of(path) != "tests" and (path.endswith(".hpp") or layer_of(path) != layer_of(other)):
                    shown.setdefault(other, path)
    return shown


def faults_of(path, text, shown):
    layer = layer_of(path)
    for number, line in enumerate(text.splitlines(), 1):
        where = f"{path}:{number}: "
        if UNFINISHED.search(line):
            yield where + "unfinished work belongs in an issue, not in a comment"
        match = INCLUDE.match(line)
        if not match:
            continue
        quote, included = match.groups()
        library = library_of(included)
        if library in HEAVY and path.endswith(".hpp") and path in shown:
            yield where + f"{included} is too heavy for a header that {shown[path]} includes: hide it behind the .cpp"
        if layer == "tests":
            continue
        if layer not in LAYERS:
            yield where + f"'{layer}' is no layer of the table in tests/tidy/check_layers.py"
            continue
        ours, libraries = LAYERS[layer]
        if quote == '"' and library is None:
            if included.split("/")[0] not in FOLDERS:
                yield where + f'"{included}": includes start at the root of the tree'
                continue
            other = layer_of(included)
            if other != layer and other not in ours:
                yield where + f"{layer} may not include {other} ({included})"
        elif library is not None and library not in libraries:
            yield where + f"{layer} may not include {library} ({included})"
        elif layer == "domain" and IMPURE.match(included):
            yield where + f"domain is pure, it may not include <{included}>"


def check(root):
    files = [f for folder in FOLDERS for f in sorted((root / folder).rglob("*.[ch]pp"))]
    texts = {f.relative_to(root).as_posix(): f.read_text(encoding="utf-8", errors="replace") for f in files}
    shown = headers_shown(texts)
    return len(files), [fault for path, text in texts.items() for fault in faults_of(path, text, shown)]


PLANTED = {
    "common/domain/a.cpp": "#include <nlohmann/json.hpp>\n",
    "common/domain/b.cpp": '#include "common/runtime/log.hpp"\n',
    "common/domain/c.cpp": "#include <fstream>\n",
    "common/kafka/d.cpp": '#include "common/domain/ids.hpp"\n',
    "common/redis/e.cpp": "#include <mysql/mysql.h>\n",
    "common/codec/f.hpp": "#include <nlohmann/json.hpp>\n",
    "common/error/g.cpp": '#include "common/limits.hpp"\n',
    "gateway/h.cpp": '#include "settlement/app.hpp"\n',
    "settlement/i.cpp": "#include <librdkafka/rdkafka.h>\n",
    "gateway/j.cpp": "#include <boost/beast/http.hpp>\n",
    "loadtest/k.cpp": '#include "common/mariadb/connection.hpp"\n',
    "gateway/l.cpp": '#include "app.hpp"\n',
    "gateway/m.cpp": "// TO" + "DO later\n",
    "common/novel/n.cpp": "#include <string>\n",
}
HARMLESS = {
    "common/http/inner.hpp": "#include <boost/beast/http.hpp>\n",
    "common/http/ok.cpp": '#include "common/http/inner.hpp"\n',
    "gateway/sees_json.cpp": '#include "common/codec/f.hpp"\n',
    "common/kafka/ok.cpp": '#include <librdkafka/rdkafka.h>\n#include "common/runtime/log.hpp"\n',
    "gateway/ok.cpp": '#include "common/codec/api_json.hpp"\n#include "gateway/app.hpp"\n#include <string>\n',
}


def control():
    """Every planted violation is found, exactly once, and nothing else."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for path, text in {**PLANTED, **HARMLESS}.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
        _, faults = check(root)
    found = sorted(fault.split(":")[0] for fault in faults)
    if found != sorted(PLANTED):
        sys.exit(f"the check itself is broken: planted {sorted(PLANTED)}, found {found}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parents[2])
    root = parser.parse_args().root
    control()
    count, faults = check(root)
    print("\n".join(faults))
    print(f"{count} files, {len(faults)} faults, {len(PLANTED)} planted ones found")
    sys.exit(1 if faults or count == 0 else 0)


if __name__ == "__main__":
    main()
