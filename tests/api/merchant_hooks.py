"""What schemathesis needs to be a merchant: every request signed as it leaves, ids that exist, and judgements that a
schema cannot express. Loaded by SCHEMATHESIS_HOOKS; openapi_test.cpp sets the variables.
"""
import base64
import hashlib
import hmac
import json
import os
import random
import time
import urllib.parse

import requests
import schemathesis

KEY_ID = os.environ["ACQ_API_KEY_ID"]
KEY = base64.b64decode(os.environ["ACQ_API_KEY_SECRET"].removeprefix("mksec_"))
CHANNEL_KEY = base64.b64decode(os.environ["ACQ_API_CHANNEL_SECRET"].removeprefix("whsec_"))
PAYMENTS = os.environ["ACQ_API_PAYMENTS"].split(",")
SIGNED_HEADERS = {"Signature-Input", "Content-Digest", "webhook-id", "webhook-timestamp"}
# Fields whose rules JSON Schema cannot say: a time within a window, an allowed address, no control characters, sizes in
# bytes of UTF-8, the currencies that there are.
INEXPRESSIBLE = {"/currency", "/expires_at", "/callback_url", "/metadata", "/description", "/reason", "/created_after",
                 "/created_before"}
JUDGED = {"fields_differ", "refund_exceeds", "currency_not_enabled", "in_progress", "attempt_not_open", "not_closable",
          "not_refundable", "not_found", "not_yet_known", "bad_cursor", "rate_limited"}
UNSAID_S = 10  # how long "not yet known" may last while nothing is broken

random_choice = random.Random(5)  # the seed of this module's own choices


def body_of(request):
    return request.body.encode() if isinstance(request.body, str) else (request.body or b"")


class Signed(requests.auth.AuthBase):
    """RFC 9421 in the gateway's profile, over what is really sent."""

    def __call__(self, request):
        for name in SIGNED_HEADERS | {"Signature", "webhook-signature"}:
            request.headers.pop(name, None)
        url, body = urllib.parse.urlsplit(request.url), body_of(request)
        now = int(time.time())
        if url.path.startswith("/channel/"):
            base = f"msg_{now}.{now}.".encode() + body
            mac = base64.b64encode(hmac.digest(CHANNEL_KEY, base, "sha256")).decode()
            request.headers.update({"webhook-id": f"msg_{now}", "webhook-timestamp": str(now),
                                    "webhook-signature": f"v1,{mac}"})
            return request
        names, lines = ["@method", "@path", "@query"], [request.method, url.path or "/", "?" + url.query]
        if body:
            digest = f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"
            request.headers["Content-Digest"] = digest
            names, lines = [*names, "content-digest"], [*lines, digest]
        listed = " ".join(f'"{name}"' for name in names)
        parameters = f'({listed});created={now};keyid="{KEY_ID}";alg="hmac-sha256"'
        base = "".join(f'"{name}": {line}\n' for name, line in zip(names, lines, strict=True))
        mac = hmac.digest(KEY, (base + f'"@signature-params": {parameters}').encode("latin-1"), "sha256")
        request.headers["Signature-Input"] = f"acq={parameters}"
        request.headers["Signature"] = f"acq=:{base64.b64encode(mac).decode()}:"
        return request


@schemathesis.hook
def before_load_schema(_context, schema):
    """What the signature writes is not schemathesis's to invent: of it there are tests of their own."""
    def is_written(parameter):
        known = schema["components"]["parameters"]
        name = parameter["$ref"].rsplit("/", 1)[1] if "$ref" in parameter else None
        return (known[name] if name else parameter)["name"] in SIGNED_HEADERS

    for item in schema["paths"].values():
        for operation in item.values():
            operation["parameters"] = [p for p in operation.get("parameters", []) if not is_written(p)]
            operation.pop("security", None)
    schema.pop("security", None)


@schemathesis.hook
def before_call(_context, case, kwargs):
    """Half of what is asked about a payment is asked about one that is there."""
    generated = case.path_parameters or {}
    if "payment_id" in generated and random_choice.random() < 0.5 and is_positive(case):
        case.path_parameters["payment_id"] = random_choice.choice(PAYMENTS)
    kwargs["auth"] = Signed()


def is_positive(case):
    meta = getattr(case, "meta", None)
    return meta is None or meta.generation.mode.is_positive


def codes_of(case):
    return set(case.operation.definition.raw.get("x-codes", []))


def has_float(body):
    """1.0 is an integer to JSON Schema, and to us it is not."""
    found = []
    try:
        json.loads(body, parse_float=found.append)
    except ValueError:
        return False
    return bool(found)


def problem_of(response):
    try:
        return json.loads(response.content)
    except ValueError:
        return {}


@schemathesis.check
def refusals_are_documented(_context, response, case):
    """A refusal's code is one of the operation's, and its status the code's."""
    if response.status_code < 400 or response.status_code == 405:
        return
    problem = problem_of(response)
    assert problem.get("status") == response.status_code, f"status {problem.get('status')} in the body"
    assert problem.get("code") in codes_of(case), f"{problem.get('code')} is not in x-codes of this operation"


@schemathesis.check
def later_means_later(_context, response, case):
    """No 5xx but a 503 that the state justifies: nothing is broken here, so asked again it must pass."""
    if response.status_code < 500:
        return
    code = problem_of(response).get("code")
    assert response.status_code == 503 and code == "not_yet_known", f"{response.status_code} {code}"
    assert response.headers.get("retry-after"), "503 without Retry-After"
    sent, until = response.request, time.monotonic() + UNSAID_S
    with requests.Session() as session:
        while time.monotonic() < until:
            again = session.send(Signed()(sent.copy()), timeout=10)
            if again.status_code < 500:
                return
            time.sleep(0.2)
    raise AssertionError(f"{code} for more than {UNSAID_S} s while nothing is broken")


@schemathesis.check
def valid_data_is_taken(_context, response, case):
    """What fits the schema is refused only for what a schema cannot say."""
    if not is_positive(case) or response.status_code < 400 or response.status_code >= 500:
        return
    problem = problem_of(response)
    if problem.get("code") in JUDGED or has_float(body_of(response.request)):
        return
    pointers = {"/" + error["pointer"].split("/")[1] for error in problem.get("errors", []) if "/" in error["pointer"]}
    told = problem.get("code") == "invalid_field" and pointers and pointers <= INEXPRESSIBLE
    conflict = any(error["code"] == "conflict" for error in problem.get("errors", []))
    assert told or conflict, f"{response.status_code} {problem.get('code')} {problem.get('errors')}"
