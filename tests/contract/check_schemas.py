#!/usr/bin/env python3
"""Checks the contracts in schemas/: openapi.yaml, and each JSON Schema with the examples that must pass and must fail.

Needs python3-yaml and python3-jsonschema (4.10) only. Exit 1 with one line per difference. Before it believes itself it
plants a wrong example of each kind and fails when the plant is not reported.
"""

import copy
import json
import pathlib
import re
import sys

import jsonschema
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2] / "schemas"
DRAFT = jsonschema.Draft202012Validator
# A folder's examples lie together; which schema an example must meet is said by its type. Name: bad examples at least.
FOLDERS = {
    "intents": {"payment_requested": 6, "close_requested": 6, "channel_notified": 6, "refund_requested": 6},
    "callbacks": {"payment": 3},
}
METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}
PATH_MEMBERS = METHODS | {"summary", "description", "servers", "parameters", "$ref"}


def refuse_float(text):
    """1.0 is an integer to JSON Schema, but not to us."""
    raise ValueError(f"{text} is not written as an integer")


def refuse_duplicates(pairs):
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise ValueError("a member name occurs twice")
    return dict(pairs)


def read_example(text):
    return json.loads(text, parse_float=refuse_float, object_pairs_hook=refuse_duplicates)


class StrictLoader(yaml.SafeLoader):
    """YAML without silently lost keys."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.YAMLError(f"key {key!r} occurs twice, line {node.start_mark.line + 1}")
        return super().construct_mapping(node, deep)


class Folder:
    """The schemas of one folder, chosen by a document's type."""

    def __init__(self, folder):
        self.path = ROOT / folder
        self.schemas = {
            path.name.removesuffix(".schema.json"): json.loads(path.read_text())
            for path in sorted(self.path.glob("*.schema.json"))
        }

    def schema_of(self, document):
        """Its name; None for a type that no schema knows."""
        told = document.get("type") if isinstance(document, dict) else None
        for name, schema in self.schemas.items():
            types = schema["properties"]["type"]
            if told in types.get("enum", [types.get("const")]):
                return name
        return None

    def faults_of(self, text):
        """The schema that an example names, and why the example fails; no faults when it passes."""
        try:
            document = read_example(text)
        except ValueError as error:
            return self.schema_of(json.loads(text)), [str(error)]
        name = self.schema_of(document)
        if name is None:
            return None, ["$.type: no schema is of this type"]
        return name, [f"{e.json_path}: {e.message}" for e in DRAFT(self.schemas[name]).iter_errors(document)]

    def good(self):
        return sorted((self.path / "examples/good").glob("*.json"))

    def bad(self):
        return sorted((self.path / "examples/bad").glob("*.json"))


def check_examples(folder, wanted):
    here = Folder(folder)
    if set(here.schemas) != set(wanted):
        yield f"{folder}: schemas that are here or wanted, but not both: {sorted(set(here.schemas) ^ set(wanted))}"
        return
    for name, schema in here.schemas.items():
        try:
            DRAFT.check_schema(schema)
        except jsonschema.SchemaError as error:
            yield f"{folder}/{name}: not a schema: {error.message}"
            return
    good = dict.fromkeys(wanted, 0)
    bad = dict.fromkeys(wanted, 0)
    for example in here.good():
        name, faults = here.faults_of(example.read_text())
        good[name] = good.get(name, 0) + 1
        for fault in faults:
            yield f"{example.relative_to(ROOT)}: should pass: {fault}"
    for example in here.bad():
        name, faults = here.faults_of(example.read_text())
        bad[name] = bad.get(name, 0) + 1
        if not faults:
            yield f"{example.relative_to(ROOT)}: should fail, but passes"
    for name, least in wanted.items():
        if good[name] == 0:
            yield f"{folder}/{name}: has no good examples"
        if bad[name] < least:
            yield f"{folder}/{name}: has {bad[name]} bad examples, {least} are wanted"


def resolve(document, reference):
    if not reference.startswith("#/"):
        raise KeyError(reference)
    node = document
    for part in reference[2:].split("/"):
        node = node[part.replace("~1", "/").replace("~0", "~")]
    return node


def walk(node, at=""):
    yield at, node
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in children:
        yield from walk(child, f"{at}/{str(key).replace('~', '~0').replace('/', '~1')}")


class OpenApi:
    def __init__(self, document):
        self.document = document

    def followed(self, node):
        while isinstance(node, dict) and "$ref" in node:
            node = resolve(self.document, node["$ref"])
        return node

    def faults(self):
        yield from self.structure()
        broken = [*self.references(), *self.schemas()]
        yield from broken
        if broken:
            return  # what follows would trip over them
        yield from self.operations()
        yield from self.examples()
        yield from self.codes()

    def structure(self):
        document = self.document
        if not re.fullmatch(r"3\.1\.\d+", str(document.get("openapi", ""))):
            yield "openapi: is not 3.1"
        for member in ("title", "version"):
            if not isinstance(document.get("info", {}).get(member), str):
                yield f"info/{member}: is missing or not text"
        if not document.get("paths"):
            yield "paths: is missing"
        for name in document:
            if name not in {"openapi", "info", "servers", "paths", "components", "security", "tags", "webhooks",
                            "externalDocs", "jsonSchemaDialect"} and not name.startswith("x-"):
                yield f"{name}: is no member of an OpenAPI document"
        for at, server in enumerate(document.get("servers", [])):
            if "url" not in server:
                yield f"servers/{at}: has no url"
        schemes = document.get("components", {}).get("securitySchemes", {})
        for name, scheme in schemes.items():
            wanted = {"apiKey": {"in", "name"}, "http": {"scheme"}}.get(scheme.get("type"))
            if wanted is None or not wanted <= set(scheme):
                yield f"securitySchemes/{name}: is incomplete"
        for requirement in document.get("security", []):
            for name in set(requirement) - set(schemes):
                yield f"security: {name} is not defined"

    def references(self):
        for at, node in walk(self.document):
            if isinstance(node, dict) and isinstance(node.get("$ref"), str):
                try:
                    resolve(self.document, node["$ref"])
                except (KeyError, TypeError, IndexError):
                    yield f"{at}: {node['$ref']} leads nowhere"

    def operations(self):
        ids = []
        for path in self.document.get("paths", {}):
            if not path.startswith("/"):
                yield f"paths {path}: does not start with /"
        for path, item in (self.document.get("paths", {}) | self.document.get("webhooks", {})).items():
            for name in set(item) - PATH_MEMBERS:
                yield f"{path}: {name} is no member of a path"
            for method in METHODS & set(item):
                at, operation = f"{method.upper()} {path}", item[method]
                ids.append(operation.get("operationId"))
                yield from self.parameters(at, path, operation)
                if not operation.get("responses"):
                    yield f"{at}: has no responses"
                for status, response in operation.get("responses", {}).items():
                    if not re.fullmatch(r"[1-5](\d\d|XX)|default", status if isinstance(status, str) else ""):
                        yield f"{at}: {status!r} is no status, or is not quoted"
                    if "description" not in self.followed(response):
                        yield f"{at} {status}: has no description"
                if path.startswith("/"):
                    yield from self.refusals(at, operation)
                body = self.followed(operation.get("requestBody"))
                if body is not None and not body.get("content"):
                    yield f"{at}: its requestBody has no content"
        for operation_id in ids:
            if operation_id is None or ids.count(operation_id) > 1:
                yield f"operationId {operation_id}: is missing or not unique"

    def parameters(self, at, path, operation):
        parameters = [self.followed(parameter) for parameter in operation.get("parameters", [])]
        for parameter in parameters:
            if not {"name", "in"} <= set(parameter) or not {"schema", "content"} & set(parameter):
                yield f"{at}: a parameter is incomplete: {parameter.get('name')}"
        required = {p["name"] for p in parameters if p.get("in") == "path" and p.get("required") is True}
        if required != set(re.findall(r"{(\w+)}", path)):
            yield f"{at}: the path's names and its parameters differ"

    def refusals(self, at, operation):
        """x-codes against the statuses: each code has its response, and each refusal a code."""
        statuses = resolve(self.document, "#/components/schemas/ProblemCode")["x-status-of-code"]
        codes = operation.get("x-codes", [])
        for code in codes:
            if code not in statuses or codes.count(code) > 1:
                yield f"{at}: x-codes: {code} is no code, or occurs twice"
        told = {str(statuses[code]) for code in codes if code in statuses}
        shown = {status for status in operation.get("responses", {}) if status[0] in "45"}
        if told != shown:
            yield f"{at}: statuses of x-codes and of responses differ: {sorted(told ^ shown)}"
        for status in shown:
            for media in self.followed(operation["responses"][status]).get("content", {}).values():
                for name, example in media.get("examples", {}).items():
                    value = self.followed(example)["value"]
                    if str(value["status"]) != status:
                        yield f"{at} {status}: its example {name} is of {value['status']}"

    def validator(self, schema):
        # References are into the whole document, so it is what the validator resolves against.
        resolver = jsonschema.RefResolver("", self.document)
        return DRAFT(schema, resolver=resolver)

    def places(self):
        """What may hold schemas; what lies inside an example is data."""
        for at, node in walk(self.document):
            if isinstance(node, dict) and "/value" not in at and "/example" not in at:
                yield at, node

    @staticmethod
    def is_schema(at):
        return at.endswith("/schema") or re.fullmatch(r"/components/schemas/[^/]+", at) is not None

    def schemas(self):
        for at, node in self.places():
            if self.is_schema(at):
                try:
                    DRAFT.check_schema(node)
                except jsonschema.SchemaError as error:
                    yield f"{at}: not a schema: {error.message}"

    def examples(self):
        for at, node in self.places():
            if self.is_schema(at):
                for example in node.get("examples", []):
                    yield from self.example(f"{at}/examples", node, example)
            if isinstance(node.get("schema"), dict):
                if "example" in node:
                    yield from self.example(f"{at}/example", node["schema"], node["example"])
                for name, example in node.get("examples", {}).items():
                    value = self.followed(example)
                    if "value" in value:
                        yield from self.example(f"{at}/examples/{name}", node["schema"], value["value"])
                    else:
                        yield f"{at}/examples/{name}: has no value"

    def example(self, at, schema, value):
        for error in self.validator(schema).iter_errors(value):
            yield f"{at}: {error.json_path}: {error.message}"
        for error_at, node in walk(value):
            if isinstance(node, float):
                yield f"{at}: {error_at}: {node} is no integer"

    def codes(self):
        schema = self.document.get("components", {}).get("schemas", {}).get("ProblemCode", {})
        names, statuses = schema.get("enum", []), schema.get("x-status-of-code", {})
        if list(statuses) != names:
            yield f"ProblemCode: enum and x-status-of-code differ: {sorted(set(names) ^ set(statuses))}"
        for at, node in walk(self.document.get("components", {}).get("examples", {})):
            if isinstance(node, dict) and node.get("code") in statuses and "status" in node:
                if node["status"] != statuses[node["code"]]:
                    yield f"examples{at}: {node['code']} is {statuses[node['code']]}, not {node['status']}"


def planted_in(folder, path):
    """Each required member of a good example taken away or made null, another type, and a number with a fraction."""
    good = read_example(path.read_text())
    name = folder.schema_of(good)
    schema = folder.schemas[name]
    plants = {f"{member} taken away": {k: v for k, v in good.items() if k != member} for member in schema["required"]}
    plants.update({f"{member} made null": {**good, member: None} for member in schema["required"]})
    plants["another type"] = {**good, "type": "another_type"}
    for what, planted in plants.items():
        if not folder.faults_of(json.dumps(planted))[1]:
            yield f"{path.relative_to(ROOT)}: planted {what} was not reported"
    text = json.dumps(good)
    number = re.search(r'"(?:amount|attempt|accepted_at)": \d+', text)
    if not folder.faults_of(text.replace(number[0], number[0] + ".0", 1))[1]:
        yield f"{path.relative_to(ROOT)}: a planted float was not reported"
    if "data" in good:
        for member, wrong in (("amount", "100"), ("payment_id", "pay_wrong"), ("sequence", None)):
            planted = copy.deepcopy(good)
            planted["data"][member] = wrong
            if not folder.faults_of(json.dumps(planted))[1]:
                yield f"{path.relative_to(ROOT)}: planted {member}={wrong!r} was not reported"


def planted_faults(openapi):
    """A check that cannot find a planted fault finds none at all."""
    for folder in FOLDERS:
        here = Folder(folder)
        for example in here.good():
            yield from planted_in(here, example)

    def plant(change, what):
        document = copy.deepcopy(openapi)
        change(document)
        if not list(OpenApi(document).faults()):
            yield f"openapi.yaml: planted {what} was not reported"

    examples = ("components", "examples", "PaymentAccepted", "value")

    def inside(document, *path):
        for part in path:
            document = document[part]
        return document

    yield from plant(lambda d: inside(d, *examples).update(amount="1999"), "wrong example")
    yield from plant(lambda d: inside(d, *examples).pop("state"), "example without state")
    yield from plant(lambda d: inside(d, "components", "schemas").pop("Time"), "dangling reference")
    yield from plant(lambda d: inside(d, "components", "schemas", "State").update(type="word"), "wrong schema")
    yield from plant(lambda d: inside(d, "components", "schemas", "ProblemCode", "enum").pop(), "missing code")
    yield from plant(lambda d: inside(d, "paths", "/v1/payments", "post").pop("responses"), "operation without responses")
    codes = ("paths", "/v1/payments", "post", "x-codes")
    yield from plant(lambda d: inside(d, *codes).remove("fields_differ") or inside(d, *codes).remove("invalid_field") or
                     inside(d, *codes).remove("digest_mismatch"), "status without a code")
    yield from plant(lambda d: inside(d, *codes).append("precondition_failed"), "code without a status")
    yield from plant(lambda d: d["webhooks"]["paymentChanged"]["post"].pop("responses"), "webhook without responses")
    yield from plant(lambda d: d.update(openapi="3.0.3"), "other version")


def main():
    differences = []
    for folder, wanted in FOLDERS.items():
        differences += check_examples(folder, wanted)
    try:
        openapi = yaml.load((ROOT / "api/openapi.yaml").read_text(), StrictLoader)
    except yaml.YAMLError as error:
        differences.append(f"openapi.yaml: not YAML: {error}")
    else:
        found = [f"openapi.yaml: {fault}" for fault in OpenApi(openapi).faults()]
        differences += found
        if not differences:
            differences += planted_faults(openapi)
    for difference in differences:
        print(difference, file=sys.stderr)
    if not differences:
        print("schemas: openapi.yaml and every example are as they should be; every planted fault was found")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
