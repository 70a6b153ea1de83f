#!/usr/bin/env python3
"""A merchant in Python: pays, repeats what got no answer, refunds, verifies callbacks. Standard library only.

    set -a; . .local/env; set +a
    python3 examples/python/pay.py pay [AMOUNT [NUMBER]]                 one payment, followed until it is final
    python3 examples/python/pay.py refund PAYMENT_ID AMOUNT [NUMBER]     some or all of it back
    python3 examples/python/pay.py verify ID TIMESTAMP SIGNATURE <BODY   whether a callback came from us
"""
import base64, hashlib, hmac, http.client, json, os, sys, time, urllib.parse, uuid

FINAL = ("succeeded", "declined", "closed", "reversed", "refused", "failed")


def sign(method, path, query, body, key_id, key):
    """The headers of RFC 9421 (HTTP Message Signatures) and RFC 9530 (Content-Digest) for one request."""
    components = [("@method", method), ("@path", path), ("@query", "?" + query)]
    headers = {}
    if body:
        digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
        headers["Content-Digest"] = f"sha-256=:{digest}:"
        components.append(("content-digest", headers["Content-Digest"]))
    names = " ".join(f'"{name}"' for name, _ in components)
    parameters = f'({names});created={int(time.time())};keyid="{key_id}";alg="hmac-sha256"'
    lines = [f'"{name}": {value}' for name, value in components] + [f'"@signature-params": {parameters}']
    signature = hmac.new(key, "\n".join(lines).encode(), hashlib.sha256).digest()
    headers["Signature-Input"] = "acq=" + parameters
    headers["Signature"] = f"acq=:{base64.b64encode(signature).decode()}:"
    return headers


def call(method, path, body=b""):
    """One signed request: status and decoded JSON. OSError when there is no readable answer."""
    url = urllib.parse.urlsplit(os.environ["ACQ_URL"])
    key = base64.b64decode(os.environ["ACQ_KEY_SECRET"].removeprefix("mksec_"))
    headers = sign(method, path, "", body, os.environ["ACQ_KEY_ID"], key)
    if body:
        headers["Content-Type"] = "application/json"
    kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    connection = kind(url.hostname, url.port, timeout=10)
    try:
        connection.request(method, path, body or None, headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    except (http.client.HTTPException, ValueError) as error:
        raise OSError(f"no readable answer: {error}") from error
    finally:
        connection.close()


def ask(method, path, fields=None, deadline_s=60):
    """Asks until there is an answer that settles it. The same bytes again are safe: their number names them for ever."""
    body, deadline = json.dumps(fields).encode() if fields else b"", time.monotonic() + deadline_s
    while time.monotonic() < deadline:
        pause_s = 0.5
        try:
            status, said = call(method, path, body)
            if status < 300:
                return said
            retry = said.get("retry", {})
            if not retry.get("safe"):
                sys.exit(f"refused: {status} {json.dumps(said)}")
            print(status, said.get("code"), "- asking again with the same number", file=sys.stderr)
            pause_s = (retry.get("after_ms") or 500) / 1000
        except OSError as error:  # refused, reset, timed out: it may have been accepted all the same
            print("no answer, asking again:", error, file=sys.stderr)
        time.sleep(pause_s)
    sys.exit(f"not settled within {deadline_s} s: ask again later, with the same number")


def follow(path, thing, id_name, deadline_s=60):
    """Asks until the payment or refund is final; prints each state once."""
    shown, deadline = None, time.monotonic() + deadline_s
    while True:
        if thing["state"] != shown:
            shown = thing["state"]
            print(thing[id_name], shown, flush=True)
        if shown in FINAL:
            return thing
        if time.monotonic() > deadline:
            sys.exit(f"not final within {deadline_s} s: its callback will tell, or ask again later")
        time.sleep(0.2)
        thing = ask("GET", path + thing[id_name])


def pay(amount=1000, number=None):
    fields = {"merchant_order_id": number or "py-" + uuid.uuid4().hex, "amount": int(amount), "currency": "CNY",
              "method": {"type": "qr"}}
    if os.environ.get("ACQ_CALLBACK_URL"):
        fields["callback_url"] = os.environ["ACQ_CALLBACK_URL"]
    follow("/v1/payments/", ask("POST", "/v1/payments", fields), "payment_id")


def refund(payment_id, amount, number=None):
    fields = {"merchant_refund_id": number or "py-" + uuid.uuid4().hex, "amount": int(amount)}
    follow("/v1/refunds/", ask("POST", f"/v1/payments/{payment_id}/refunds", fields), "refund_id")


def verify_callback(secret, event, stamp, signatures, body, tolerance_s=300):
    """True when `body` (the raw bytes) came from us: Standard Webhooks, headers webhook-id, -timestamp, -signature."""
    if not (stamp.isascii() and stamp.isdigit()) or abs(time.time() - int(stamp)) > tolerance_s:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    wanted = base64.b64encode(hmac.new(key, f"{event}.{stamp}.".encode() + body, hashlib.sha256).digest())
    # Two signatures are sent while a secret is being rotated: one that fits is enough.
    given = [entry[3:].encode() for entry in signatures.split() if entry.startswith("v1,")]
    return any([hmac.compare_digest(wanted, signature) for signature in given])


def verify(event, stamp, signatures):
    if not verify_callback(os.environ["ACQ_WEBHOOK_SECRET"], event, stamp, signatures, sys.stdin.buffer.read()):
        sys.exit("NOT from the gateway: answer 400 and do nothing")
    print("from the gateway")


if __name__ == "__main__":
    act = {"pay": pay, "refund": refund, "verify": verify}.get(sys.argv[1] if len(sys.argv) > 1 else "")
    if not act:
        sys.exit(__doc__)
    act(*sys.argv[2:])
