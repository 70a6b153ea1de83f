#!/usr/bin/env node
// A merchant in Node (18 or later): pays, repeats what got no answer, refunds, verifies callbacks. No packages.
//
//     set -a; . .local/env; set +a
//     node examples/node/pay.mjs pay [AMOUNT [NUMBER]]                 one payment, followed until it is final
//     node examples/node/pay.mjs refund PAYMENT_ID AMOUNT [NUMBER]     some or all of it back
//     node examples/node/pay.mjs verify ID TIMESTAMP SIGNATURE <BODY   whether a callback came from us
import { createHash, createHmac, randomUUID, timingSafeEqual } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";

const env = process.env;
const final = ["succeeded", "declined", "closed", "reversed", "refused", "failed"];
const stop = (text) => { console.error(text); process.exit(1); };

/** The headers of RFC 9421 (HTTP Message Signatures) and RFC 9530 (Content-Digest) for one request without a query. */
function sign(method, path, body) {
  const components = [["@method", method], ["@path", path], ["@query", "?"]];
  const headers = {};
  if (body) {
    headers["Content-Digest"] = `sha-256=:${createHash("sha256").update(body).digest("base64")}:`;
    headers["Content-Type"] = "application/json";
    components.push(["content-digest", headers["Content-Digest"]]);
  }
  const names = components.map(([name]) => `"${name}"`).join(" ");
  const parameters = `(${names});created=${Math.floor(Date.now() / 1000)};keyid="${env.ACQ_KEY_ID}";alg="hmac-sha256"`;
  const base = [...components, ["@signature-params", parameters]].map(([name, value]) => `"${name}": ${value}`).join("\n");
  const key = Buffer.from(env.ACQ_KEY_SECRET.replace(/^mksec_/, ""), "base64");
  headers["Signature-Input"] = `acq=${parameters}`;
  headers["Signature"] = `acq=:${createHmac("sha256", key).update(base).digest("base64")}:`;
  return headers;
}

/** Asks until there is an answer that settles it. The same bytes again are safe: their number names them for ever. */
async function ask(method, path, fields, deadlineMs = 60_000) {
  const body = fields && JSON.stringify(fields);
  for (const until = Date.now() + deadlineMs; Date.now() < until;) {
    let pauseMs = 500;
    try {
      const answer = await fetch(env.ACQ_URL + path,
        { method, headers: sign(method, path, body), body, signal: AbortSignal.timeout(10_000) });
      const said = await answer.json();
      if (answer.ok) return said;
      if (!said.retry?.safe) stop(`refused: ${answer.status} ${JSON.stringify(said)}`);
      console.error(`${answer.status} ${said.code} - asking again with the same number`);
      pauseMs = said.retry.after_ms ?? pauseMs;
    } catch (error) { // refused, reset, timed out: it may have been accepted all the same
      console.error(`no answer, asking again: ${error.message}`);
    }
    await pause(pauseMs);
  }
  stop("not settled in time: ask again later, with the same number");
}

/** Asks until the payment or refund is final; prints each state once. */
async function follow(path, thing, idName, deadlineMs = 60_000) {
  const until = Date.now() + deadlineMs;
  for (let shown; ; thing = await ask("GET", path + thing[idName])) {
    if (thing.state !== shown) console.log(thing[idName], (shown = thing.state));
    if (final.includes(shown)) return;
    if (Date.now() > until) stop("not final in time: its callback will tell, or ask again later");
    await pause(200);
  }
}

async function pay(amount = "1000", number = `js-${randomUUID()}`) {
  const fields = { merchant_order_id: number, amount: Number(amount), currency: "CNY", method: { type: "qr" } };
  if (env.ACQ_CALLBACK_URL) fields.callback_url = env.ACQ_CALLBACK_URL;
  await follow("/v1/payments/", await ask("POST", "/v1/payments", fields), "payment_id");
}

async function refund(paymentId, amount, number = `js-${randomUUID()}`) {
  const fields = { merchant_refund_id: number, amount: Number(amount) };
  await follow("/v1/refunds/", await ask("POST", `/v1/payments/${paymentId}/refunds`, fields), "refund_id");
}

/** True when `body` (the raw bytes) came from us: Standard Webhooks, headers webhook-id, -timestamp, -signature. */
function verifyCallback(secret, id, stamp, signatures, body, toleranceS = 300) {
  if (!/^\d+$/.test(stamp) || Math.abs(Date.now() / 1000 - Number(stamp)) > toleranceS) return false;
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const wanted = createHmac("sha256", key).update(`${id}.${stamp}.`).update(body).digest();
  // Two signatures are sent while a secret is being rotated: one that fits is enough.
  const given = signatures.split(" ").filter((entry) => entry.startsWith("v1,"))
    .map((entry) => Buffer.from(entry.slice(3), "base64"));
  return given.some((signature) => signature.length === wanted.length && timingSafeEqual(signature, wanted));
}

async function verify(id, stamp, signatures) {
  const chunks = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  if (!verifyCallback(env.ACQ_WEBHOOK_SECRET, id, stamp, signatures, Buffer.concat(chunks)))
    stop("NOT from the gateway: answer 400 and do nothing");
  console.log("from the gateway");
}

const [act, ...values] = process.argv.slice(2);
const acts = { pay, refund, verify };
if (!Object.hasOwn(acts, act ?? "")) stop("pay [AMOUNT [NUMBER]] | refund PAYMENT_ID AMOUNT [NUMBER] | verify ID TIMESTAMP SIGNATURE <BODY");
await acts[act](...values);
