#!/usr/bin/env python3
"""Signatures between the gateway and somebody else's RFC 9421: the PyPI library http-message-signatures.

  keys FOLDER   makes an Ed25519 pair there: private.pem and public.pem, by the PyPI library cryptography
  theirs FILE   what the library signs is taken by a running gateway, and what it signs wrongly is refused
  ours FILE     what our own signer made verifies by the library, and no changed copy of it does

FILE is JSON: theirs {"url", "keys": [key]}, ours {"requests": [{"method", "url", "headers", "body", "key": key}]}, where
a key is {"key_id", "algorithm", "secret"?: "mksec_…", "private_pem"?, "public_key"?: base64 of 32 bytes}. Each check
prints a line; the last one is 'N passed, N failed'.
"""
import base64
import dataclasses
import datetime
import http.client
import json
import pathlib
import secrets
import sys
import urllib.parse

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from http_message_signatures import (
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    InvalidSignature,
    algorithms,
)

COMPONENTS = ("@method", "@path", "@query")
ALGORITHMS = {"hmac-sha256": algorithms.HMAC_SHA256, "ed25519": algorithms.ED25519}
results = []


def check(name, passed, said=""):
    results.append(bool(passed))
    print(f"ok      {name}" if passed else f"FAILED  {name}: {said}")


class Key(HTTPSignatureKeyResolver):
    """One merchant's key, as the library asks for it."""

    def __init__(self, told):
        self.id, self.algorithm = told["key_id"], ALGORITHMS[told["algorithm"]]
        if told["algorithm"] == "hmac-sha256":
            self.private = self.public = base64.b64decode(told["secret"].removeprefix("mksec_"), validate=True)
        elif "private_pem" in told:
            self.private = serialization.load_pem_private_key(told["private_pem"].encode(), None)
            self.public = self.private.public_key()
        else:
            self.private, self.public = None, Ed25519PublicKey.from_public_bytes(base64.b64decode(told["public_key"]))

    def another(self):
        """The same id with a key that the gateway does not know."""
        other = object.__new__(Key)
        other.id, other.algorithm = self.id, self.algorithm
        hmac = self.algorithm is algorithms.HMAC_SHA256
        other.private = secrets.token_bytes(32) if hmac else Ed25519PrivateKey.generate()
        other.public = other.private if hmac else other.private.public_key()
        return other

    def resolve_private_key(self, _):
        return self.private

    def resolve_public_key(self, _):
        return self.public


@dataclasses.dataclass
class Request:
    """The little that the library wants of a request."""

    method: str
    url: str
    body: bytes = b""
    headers: dict = dataclasses.field(default_factory=dict)

    def send(self):
        parts = urllib.parse.urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.netloc, timeout=15)
        target = self.url[self.url.index(parts.netloc) + len(parts.netloc):]
        try:
            kind = {"Content-Type": "application/json"} if self.body else {}
            connection.request(self.method, target, self.body or None, {**self.headers, **kind})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"{}")
        finally:
            connection.close()


def signed(key, request, *, components=COMPONENTS, **options):
    signer = HTTPMessageSigner(signature_algorithm=key.algorithm, key_resolver=key)
    signer.sign(request, key_id=key.id, covered_component_ids=components, body=request.body or None, **options)
    return request


def order(number):
    body = {"merchant_order_id": number, "amount": 1999, "currency": "CNY", "method": {"type": "qr"}}
    return json.dumps(body).encode()


def in_seconds(seconds):
    return datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)


def reordered(key, request, names):
    """Signed with the parameters in this order: the library's own base, its last line rewritten."""
    signer = HTTPMessageSigner(signature_algorithm=key.algorithm, key_resolver=key)
    prepared = signer.prepare(request, key_id=key.id, covered_component_ids=COMPONENTS, body=request.body or None)
    components, *parameters = prepared.signature_params.split(";")
    by_name = {parameter.split("=")[0]: parameter for parameter in parameters}
    rewritten = ";".join([components, *(by_name[name] for name in names)])
    base = prepared.signature_base.decode().replace(prepared.signature_params, rewritten).encode()
    prepared = dataclasses.replace(prepared, signature_params=rewritten, signature_base=base)
    signer.apply(request, prepared, key.algorithm(private_key=key.private).sign(base))
    return request


def takes(url, key, other):
    """Right signatures of every shape that the profile leaves open."""
    kind = key.algorithm.algorithm_id
    number = f"theirs-{kind}"

    def create(**options):
        return signed(key, Request("POST", url + "/v1/payments", order(number)), **options).send()

    status, payment = create()
    check(f"{kind}: a payment", status == 202, (status, payment))
    status, again = create(label="sig-b26", nonce="n-1", tag="shop", expires=in_seconds(60))
    check(f"{kind}: any label, with nonce, tag and expires", status == 200 and
          again["payment_id"] == payment["payment_id"], (status, again))
    for names in (("alg", "keyid", "created"), ("keyid", "created", "alg")):
        status, said = reordered(key, Request("POST", url + "/v1/payments", order(number)), names).send()
        check(f"{kind}: parameters ordered {' '.join(names)}", status == 200, (status, said))
    status, said = signed(key, Request("GET", f"{url}/v1/payments?merchant_order_id={number}")).send()
    check(f"{kind}: a GET with a query", status == 200, (status, said))
    status, said = signed(key, Request("GET", f"{url}/v1/payments/{payment.get('payment_id')}")).send()
    check(f"{kind}: a GET without one", status == 200, (status, said))

    for query in ("", "?a=b&c=%2F"):
        request = Request("POST", url + "/v1/signature-check" + query, order(number))
        signer = HTTPMessageSigner(signature_algorithm=key.algorithm, key_resolver=key)
        prepared = signer.prepare(request, key_id=key.id, covered_component_ids=COMPONENTS, body=request.body)
        signer.apply(request, prepared, key.algorithm(private_key=key.private).sign(prepared.signature_base))
        status, said = request.send()
        check(f"{kind}: signature-check{query} computes the library's base, byte for byte", status == 200 and
              said["verified"] and said["signature_base"] == prepared.signature_base.decode(), (status, said))

    for name, wanted, request in wrong(url, key, other):
        status, said = request.send()
        check(f"{kind}: {name} is refused", (status, said.get("code")) == wanted, (status, said))
    status, said = signed(key.another(), Request("POST", url + "/v1/signature-check", order(number))).send()
    check(f"{kind}: signature-check does not verify another key's", status == 200 and said["verified"] is False and
          [part["part"] for part in said["checks"] if not part["ok"]] == ["signature"], (status, said))
    status, said = Request("POST", url + "/v1/signature-check").send()
    check("signature-check answers who has not signed at all", status == 200 and said["verified"] is False and
          said["signature_base"] is None, (status, said))


def wrong(url, key, other):
    """(name, status and code, request): the controls of what is taken."""
    unauthorized, payments = (401, "unauthorized"), url + "/v1/payments"

    def fresh():
        return Request("POST", payments, order("never"))

    yield "another key", unauthorized, signed(key.another(), fresh())
    yield "fewer components", unauthorized, signed(key, fresh(), components=COMPONENTS[:2])
    yield "more components", unauthorized, signed(key, fresh(), components=(*COMPONENTS, "@authority"))
    yield "another order of components", unauthorized, signed(key, fresh(), components=COMPONENTS[::-1])
    yield "an old signature", unauthorized, signed(key, fresh(), created=in_seconds(-302))
    yield "a future signature", unauthorized, signed(key, fresh(), created=in_seconds(302))
    yield "an expired one", unauthorized, signed(key, fresh(), created=in_seconds(-5), expires=in_seconds(-1))
    two = signed(key, fresh())
    yield "a second label", unauthorized, signed(key, two, label="second", append_if_signature_exists=True,
                                                 use_existing_digest=True)
    swapped = Key.__new__(Key)
    swapped.id, swapped.algorithm, swapped.private = key.id, other.algorithm, other.private
    yield "the other algorithm under this key's id", unauthorized, signed(swapped, fresh())
    moved = signed(key, Request("POST", payments + "/close", order("never")))
    yield "a signature of another path", unauthorized, dataclasses.replace(moved, url=payments)
    altered = signed(key, fresh())
    yield "another body", (422, "digest_mismatch"), dataclasses.replace(altered, body=altered.body + b" ")
    without = signed(key, fresh())
    without.headers = {name: value for name, value in without.headers.items() if name != "Content-Digest"}
    yield "a body without digest", (400, "missing_digest"), without


def verifies(made):
    """What our signer made is right to the library, and each changed copy is not."""
    key = Key(made["key"])
    verifier = HTTPMessageVerifier(signature_algorithm=key.algorithm, key_resolver=key)
    body = made["body"].encode()

    def verified(request):
        covered = (*COMPONENTS, "content-digest") if request.body else COMPONENTS
        try:
            return verifier.verify(request, require_components=covered, body=request.body or None)
        except InvalidSignature:
            return None

    request = Request(made["method"], made["url"], body, dict(made["headers"]))
    name = f"ours, {key.algorithm.algorithm_id}, {made['method']} {urllib.parse.urlsplit(made['url']).path}"
    check(f"{name} verifies", verified(request), made)
    changes = {"method": {"method": "PUT"}, "url": {"url": made["url"] + "&x=1"}}
    if body:
        changes["body"] = {"body": body + b" "}
    for what, change in changes.items():
        check(f"{name} with another {what} does not", not verified(dataclasses.replace(request, **change)), made)
    verifier.key_resolver = key.another()
    check(f"{name} does not under another key", not verified(request), made)


def make_keys(folder):
    private = Ed25519PrivateKey.generate()
    (folder / "private.pem").write_bytes(private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    (folder / "public.pem").write_bytes(private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo))


def main():
    act, place = sys.argv[1], pathlib.Path(sys.argv[2])
    if act == "keys":
        make_keys(place)
        return 0
    told = json.loads(place.read_text())
    if act == "theirs":
        keys = [Key(key) for key in told["keys"]]
        for key, other in zip(keys, reversed(keys)):
            takes(told["url"], key, other)
    else:
        for made in told["requests"]:
            verifies(made)
    passed = sum(results)
    print(f"{passed} passed, {len(results) - passed} failed")
    return 0 if results and passed == len(results) else 1


if __name__ == "__main__":
    sys.exit(main())
