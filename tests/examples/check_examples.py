#!/usr/bin/env python3
"""Runs the merchants of examples/ against a running system (its .local/env exported) behind a line that cuts and refuses.

Of each language: a payment whose first answer is cut off and whose second is a balancer's 503 is charged once, under one
number; so is a refund given back once; the callback that the gateway really sent verifies, and what differs from it in
one respect does not. Closes with 'N passed, N failed'; `--only NAME` runs one language.
"""
import http.client
import http.server
import json
import os
import pathlib
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2] / "examples"
MERCHANTS = {
    "python": [sys.executable, str(ROOT / "python/pay.py")],
    "node": ["node", str(ROOT / "node/pay.mjs")],
    "go": ["go", "run", str(ROOT / "go/pay.go")],
    "java": ["java", str(ROOT / "java/Pay.java")],
    "shell": ["bash", str(ROOT / "shell/pay.sh")],
}
REFUSED_BY_BALANCER = b"<html><body><h1>503 Service Unavailable</h1></body></html>"


class Line(http.server.ThreadingHTTPServer):
    """Stands between a merchant and the gateway: the first POST is forwarded and its answer thrown away, the second is
    refused as a balancer refuses, later ones pass."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), LineHandler)
        self.posts = []
        self.lock = threading.Lock()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"


class LineHandler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer(*self.forward(b""))

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with self.server.lock:
            self.server.posts.append((self.path, body))
            turn = len(self.server.posts)
        if turn == 2:
            return self.answer(503, "text/html", REFUSED_BY_BALANCER)
        said = self.forward(body)
        if turn == 1:
            self.close_connection = True
            return self.connection.close()
        return self.answer(*said)

    def forward(self, body):
        gateway = urllib.parse.urlsplit(os.environ["ACQ_URL"])
        connection = http.client.HTTPConnection(gateway.hostname, gateway.port, timeout=20)
        wanted = ("content-type", "content-digest", "signature", "signature-input")
        headers = {name: value for name, value in self.headers.items() if name.lower() in wanted}
        connection.request(self.command, self.path, body or None, headers)
        answer = connection.getresponse()
        said = answer.status, answer.headers.get("Content-Type", ""), answer.read()
        connection.close()
        return said

    def answer(self, status, content_type, body):
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def finish(self):
        try:
            super().finish()
        except OSError:
            pass  # the connection was cut on purpose

    def log_message(self, *_):
        pass


class Receiver(http.server.ThreadingHTTPServer):
    """Keeps callbacks as they came: headers and raw bytes."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), ReceiverHandler)
        self.callbacks = []
        self.arrived = threading.Condition()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}/callbacks"

    def about(self, payment_id, deadline_s=20):
        def found():
            return next((c for c in self.callbacks if payment_id.encode() in c[1]), None)

        with self.arrived:
            self.arrived.wait_for(found, deadline_s)
            return found()


class ReceiverHandler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with self.server.arrived:
            self.server.callbacks.append((dict(self.headers.items()), body))
            self.server.arrived.notify_all()
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


def run(command, *values, url=None, callback=None, body=b""):
    env = dict(os.environ)
    env.pop("ACQ_CALLBACK_URL", None)
    if url:
        env["ACQ_URL"] = url
    if callback:
        env["ACQ_CALLBACK_URL"] = callback
    done = subprocess.run([*command, *map(str, values)], input=body, capture_output=True, env=env, timeout=120)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def charges(number):
    query = urllib.parse.urlencode({"merchant_order_id": number})
    with urllib.request.urlopen(f"{os.environ['ACQ_CHANNEL_URL']}/sim/charges?{query}", timeout=10) as answer:
        return json.load(answer)


def numbers_asked(posts, name):
    """Every number that a merchant used for what it meant as one thing."""
    return {json.loads(body)[name] for _, body in posts}


class Faults(list):
    def expect(self, holds, text):
        if not holds:
            self.append(text)


def check_payment(faults, command, receiver, number):
    line = Line()
    code, out, err = run(command, "pay", 1000, number, url=line.url, callback=receiver.url)
    faults.expect(code == 0, f"pay ended with {code}: {err}")
    faults.expect(out.rstrip().endswith("succeeded"), f"pay said {out!r}")
    faults.expect(len(line.posts) >= 3, f"a cut and a refusal want three requests, not {len(line.posts)}")
    faults.expect(len(numbers_asked(line.posts, "merchant_order_id")) == 1, "another number was used on the way")
    at_channel = charges(number)
    faults.expect(at_channel["charges"] == 1, f"charged {at_channel['charges']} times")
    line.shutdown()
    return out.split()[0] if out else ""


def check_refund(faults, command, payment_id, number):
    line = Line()
    code, out, err = run(command, "refund", payment_id, 400, f"back-{number}", url=line.url)
    faults.expect(code == 0, f"refund ended with {code}: {err}")
    faults.expect(out.rstrip().endswith("succeeded"), f"refund said {out!r}")
    faults.expect(len(numbers_asked(line.posts, "merchant_refund_id")) == 1, "another refund number was used on the way")
    given_back = charges(number)["refunded_amount"]
    faults.expect(given_back == 400, f"{given_back} given back, not 400")
    line.shutdown()


def check_callback(faults, command, callback):
    if callback is None:
        return faults.append("no callback came")
    headers, body = callback
    values = [next(v for k, v in headers.items() if k.lower() == name)
              for name in ("webhook-id", "webhook-timestamp", "webhook-signature")]
    event, stamp, signature = values
    other = "v1," + "A" * 43 + "="

    def verdict(*asked, raw=body):
        return run(command, "verify", *asked, body=raw)[0]

    faults.expect(verdict(event, stamp, signature) == 0, "the gateway's callback does not verify")
    faults.expect(verdict(event, stamp, f"{other} {signature}") == 0, "the second of two signatures is not taken")
    faults.expect(verdict(event, stamp, other) == 1, "a wrong signature verifies")
    faults.expect(verdict(event, stamp, signature, raw=body + b" ") == 1, "another body verifies")
    faults.expect(verdict("evt_other", stamp, signature) == 1, "another id verifies")
    faults.expect(verdict(event, str(int(stamp) - 1000), signature) == 1, "an old timestamp verifies")


def check_refusal(faults, command, number):
    """What will never be accepted is not repeated."""
    line = Line()
    line.posts += [("", b"{}")] * 2  # the line is well again
    code, _, err = run(command, "pay", 0, number, url=line.url)
    faults.expect(code == 1 and "invalid_field" in err, f"an amount of 0 ended with {code}: {err}")
    faults.expect(len(line.posts) == 3, f"an amount of 0 was asked {len(line.posts) - 2} times")
    line.shutdown()


def control():
    """The harness itself: a merchant with a new number for each try is found out."""
    posts = [("/v1/payments", json.dumps({"merchant_order_id": name}).encode()) for name in ("a", "b")]
    return len(numbers_asked(posts, "merchant_order_id")) == 2


def main():
    only = sys.argv[2:] if sys.argv[1:2] == ["--only"] else list(MERCHANTS)
    if not control():
        sys.exit("the check itself is broken: two numbers passed as one")
    receiver, failed = Receiver(), 0
    for language in only:
        command, faults, began = MERCHANTS[language], Faults(), time.monotonic()
        number = f"ex-{language}-{time.time_ns()}"
        payment_id = check_payment(faults, command, receiver, number)
        if payment_id:
            check_refund(faults, command, payment_id, number)
            check_callback(faults, command, receiver.about(payment_id))
        check_refusal(faults, command, number + "-0")
        failed += bool(faults)
        print(f"{'FAILED' if faults else 'ok'}  {language} ({time.monotonic() - began:.1f} s)")
        for fault in faults:
            print(f"        {fault}")
    print(f"{len(only) - failed} passed, {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
