#!/usr/bin/env python3
"""Signs and sends one payment, waits until it is final. Python 3 standard library only: copy what you need.

    set -a; . .local/env; set +a; python3 examples/python/pay.py [AMOUNT]
"""
import base64, hashlib, hmac, http.client, json, os, sys, time, urllib.parse, uuid


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


def call(method, path, query="", body=b""):
    """Sends one signed request; returns status, headers and the decoded JSON. Raises OSError when nobody answers."""
    url = urllib.parse.urlsplit(os.environ["ACQ_URL"])
    key = base64.b64decode(os.environ["ACQ_KEY_SECRET"].removeprefix("mksec_"))
    headers = sign(method, path, query, body, os.environ["ACQ_KEY_ID"], key)
    if body:
        headers["Content-Type"] = "application/json"
    kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    connection = kind(url.hostname, url.port, timeout=10)
    try:
        connection.request(method, path + ("?" + query if query else ""), body or None, headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, json.loads(answer.read())
    except (http.client.HTTPException, ValueError) as error:
        raise OSError(f"no readable answer: {error}") from error
    finally:
        connection.close()


def pay(amount, deadline_s=30):
    """Creates a payment and returns it when it is final. Repeats "I don't know" with the SAME number: never twice charged."""
    fields = {"merchant_order_id": "py-" + uuid.uuid4().hex, "amount": amount, "currency": "CNY", "method": {"type": "qr"}}
    if os.environ.get("ACQ_CALLBACK_URL"):
        fields["callback_url"] = os.environ["ACQ_CALLBACK_URL"]
    body, deadline, payment = json.dumps(fields).encode(), time.monotonic() + deadline_s, None
    while time.monotonic() < deadline:
        try:
            if payment is None:
                status, headers, said = call("POST", "/v1/payments", body=body)
            else:
                status, headers, said = call("GET", "/v1/payments/" + payment["payment_id"])
        except OSError as error:  # refused, reset, timed out: the payment may have been accepted
            print("no answer, asking again:", error, file=sys.stderr)
            time.sleep(0.5)
            continue
        if 200 <= status < 300:
            if payment is None or said["state"] != payment["state"]:
                print(status, said["payment_id"], said["state"])
            payment = said
            if payment["state"] in ("succeeded", "declined", "closed", "reversed", "refused"):
                return payment
            time.sleep(0.1)
        elif status in (408, 409, 429) or status >= 500:
            print(status, said.get("code"), "asking again with the same number", file=sys.stderr)
            time.sleep(float(headers.get("Retry-After", 0.5)))
        else:
            sys.exit(f"refused: {status} {json.dumps(said)}")
    sys.exit(f"not final within {deadline_s} s; ask again with the number {fields['merchant_order_id']}")


def verify_callback(secret, headers, body, tolerance_s=300):
    """True when `body` (the raw bytes) came from us (Standard Webhooks). `headers` maps lower-case names to values."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    event, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not (stamp.isascii() and stamp.isdigit()) or abs(time.time() - int(stamp)) > tolerance_s:
        return False
    wanted = base64.b64encode(hmac.new(key, f"{event}.{stamp}.".encode() + body, hashlib.sha256).digest())
    # Two signatures are sent while a secret is being rotated: one that fits is enough.
    given = [entry[3:].encode() for entry in headers.get("webhook-signature", "").split() if entry.startswith("v1,")]
    return any([hmac.compare_digest(wanted, signature) for signature in given])


def self_test():
    """The example of the Standard Webhooks specification, and what must not pass."""
    secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"test": 2432232314}'
    headers = {"webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp": "1614265330",
               "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}
    ever = 10 ** 12  # the vector is of 2021
    assert verify_callback(secret, headers, body, ever)
    assert verify_callback(secret, dict(headers, **{"webhook-signature": "v1,AAAA " + headers["webhook-signature"]}), body, ever)
    assert not verify_callback(secret, headers, body), "an old stamp"
    assert not verify_callback(secret, headers, body + b" ", ever), "another body"
    assert not verify_callback("whsec_AAAA", headers, body, ever), "another secret"
    assert not verify_callback(secret, dict(headers, **{"webhook-id": "msg_2"}), body, ever), "another id"
    assert not verify_callback(secret, {}, body, ever), "no signature"
    print("self-test passed")


if __name__ == "__main__":
    if sys.argv[1:] == ["--self-test"]:
        self_test()
    else:
        pay(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
