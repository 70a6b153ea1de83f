// A merchant in Java (17 or later): pays, repeats what got no answer, refunds, verifies callbacks. The JDK only; a real
// merchant reads JSON with the library that it has anyway, here two patterns are enough.
//
//     set -a; . .local/env; set +a
//     java examples/java/Pay.java pay [AMOUNT [NUMBER]]                 one payment, followed until it is final
//     java examples/java/Pay.java refund PAYMENT_ID AMOUNT [NUMBER]     some or all of it back
//     java examples/java/Pay.java verify ID TIMESTAMP SIGNATURE <BODY   whether a callback came from us
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

public class Pay {
  static final Set<String> FINAL = Set.of("succeeded", "declined", "closed", "reversed", "refused", "failed");
  static final Duration PATIENCE = Duration.ofSeconds(60);
  static final HttpClient CLIENT = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1)
      .connectTimeout(Duration.ofSeconds(10)).build();

  static String env(String name) {
    String value = System.getenv(name);
    return value == null ? "" : value;
  }

  static void stop(String text) {
    System.err.println(text);
    System.exit(1);
  }

  static byte[] hmac(byte[] key, byte[]... parts) throws GeneralSecurityException {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(key, "HmacSHA256"));
    for (byte[] part : parts) mac.update(part);
    return mac.doFinal();
  }

  static byte[] keyOf(String secret, String prefix) {
    return Base64.getDecoder().decode(secret.startsWith(prefix) ? secret.substring(prefix.length()) : secret);
  }

  /** RFC 9421 (HTTP Message Signatures) and RFC 9530 (Content-Digest), for a request without a query. */
  static HttpRequest signed(String method, String path, String body) throws GeneralSecurityException {
    var request = HttpRequest.newBuilder(URI.create(env("ACQ_URL") + path)).timeout(Duration.ofSeconds(10));
    String names = "\"@method\" \"@path\" \"@query\"";
    String base = "\"@method\": " + method + "\n\"@path\": " + path + "\n\"@query\": ?\n";
    if (body == null) {
      request.method(method, HttpRequest.BodyPublishers.noBody());
    } else {
      byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(bytes);
      String digest = "sha-256=:" + Base64.getEncoder().encodeToString(hash) + ":";
      names += " \"content-digest\"";
      base += "\"content-digest\": " + digest + "\n";
      request.method(method, HttpRequest.BodyPublishers.ofByteArray(bytes));
      request.header("Content-Digest", digest).header("Content-Type", "application/json");
    }
    String parameters = "(" + names + ");created=" + Instant.now().getEpochSecond() + ";keyid=\"" + env("ACQ_KEY_ID")
        + "\";alg=\"hmac-sha256\"";
    base += "\"@signature-params\": " + parameters;
    byte[] signature = hmac(keyOf(env("ACQ_KEY_SECRET"), "mksec_"), base.getBytes(StandardCharsets.UTF_8));
    request.header("Signature-Input", "acq=" + parameters);
    request.header("Signature", "acq=:" + Base64.getEncoder().encodeToString(signature) + ":");
    return request.build();
  }

  /** The value of a member that is a word, a number, true or false; "" when it is not there. */
  static String member(String json, String name) {
    var found = Pattern.compile("\"" + name + "\"\\s*:\\s*\"?([A-Za-z0-9_.-]+)").matcher(json);
    return found.find() ? found.group(1) : "";
  }

  /** Asks until there is an answer that settles it. The same bytes again are safe: their number names them for ever. */
  static String ask(String method, String path, String body) throws Exception {
    for (Instant until = Instant.now().plus(PATIENCE); Instant.now().isBefore(until);) {
      long pauseMs = 500;
      try {
        var answer = CLIENT.send(signed(method, path, body), HttpResponse.BodyHandlers.ofString());
        String said = answer.body();
        boolean ours = answer.headers().firstValue("Content-Type").orElse("").contains("json");
        if (answer.statusCode() < 300) return said;
        if (ours && !member(said, "safe").equals("true")) stop("refused: " + answer.statusCode() + " " + said);
        System.err.println(answer.statusCode() + " " + member(said, "code") + " - asking again with the same number");
        String after = member(said, "after_ms");
        if (after.matches("\\d+")) pauseMs = Long.parseLong(after);
      } catch (IOException error) { // refused, reset, timed out: it may have been accepted all the same
        System.err.println("no answer, asking again: " + error);
      }
      Thread.sleep(pauseMs);
    }
    stop("not settled in time: ask again later, with the same number");
    throw new IllegalStateException();
  }

  /** Asks until the payment or refund is final; prints each state once. */
  static void follow(String path, String said, String idName) throws Exception {
    String id = member(said, idName);
    String shown = "";
    for (Instant until = Instant.now().plus(PATIENCE);; said = ask("GET", path + id, null)) {
      String state = member(said, "state");
      if (!state.equals(shown)) System.out.println(id + " " + state);
      shown = state;
      if (FINAL.contains(state)) return;
      if (Instant.now().isAfter(until)) stop("not final in time: its callback will tell, or ask again later");
      Thread.sleep(200);
    }
  }

  static String numberOr(String[] values, int at) {
    return values.length > at ? values[at] : "java-" + UUID.randomUUID();
  }

  static void pay(String[] values) throws Exception {
    long amount = values.length > 1 ? Long.parseLong(values[1]) : 1000;
    String callback = env("ACQ_CALLBACK_URL").isEmpty() ? "" : ",\"callback_url\":\"" + env("ACQ_CALLBACK_URL") + "\"";
    String body = "{\"merchant_order_id\":\"" + numberOr(values, 2) + "\",\"amount\":" + amount
        + ",\"currency\":\"CNY\",\"method\":{\"type\":\"qr\"}" + callback + "}";
    follow("/v1/payments/", ask("POST", "/v1/payments", body), "payment_id");
  }

  static void refund(String[] values) throws Exception {
    String body = "{\"merchant_refund_id\":\"" + numberOr(values, 3) + "\",\"amount\":" + Long.parseLong(values[2]) + "}";
    follow("/v1/refunds/", ask("POST", "/v1/payments/" + values[1] + "/refunds", body), "refund_id");
  }

  /** Whether `body` (the raw bytes) came from us: Standard Webhooks. */
  static boolean verifyCallback(String secret, String id, String stamp, String signatures, byte[] body) throws Exception {
    if (!stamp.matches("\\d{1,12}")) return false;
    if (Math.abs(Instant.now().getEpochSecond() - Long.parseLong(stamp)) > 300) return false;
    byte[] wanted = hmac(keyOf(secret, "whsec_"), (id + "." + stamp + ".").getBytes(StandardCharsets.UTF_8), body);
    byte[] expected = ("v1," + Base64.getEncoder().encodeToString(wanted)).getBytes(StandardCharsets.UTF_8);
    // Two signatures are sent while a secret is being rotated: one that fits is enough.
    return Arrays.stream(signatures.split(" "))
        .anyMatch(given -> MessageDigest.isEqual(expected, given.getBytes(StandardCharsets.UTF_8)));
  }

  static void verify(String[] values) throws Exception {
    var body = new ByteArrayOutputStream();
    System.in.transferTo(body);
    if (!verifyCallback(env("ACQ_WEBHOOK_SECRET"), values[1], values[2], values[3], body.toByteArray()))
      stop("NOT from the gateway: answer 400 and do nothing");
    System.out.println("from the gateway");
  }

  public static void main(String[] values) throws Exception {
    String act = values.length > 0 ? values[0] : "";
    if (act.equals("pay")) pay(values);
    else if (act.equals("refund") && values.length >= 3) refund(values);
    else if (act.equals("verify") && values.length == 4) verify(values);
    else stop("pay [AMOUNT [NUMBER]] | refund PAYMENT_ID AMOUNT [NUMBER] | verify ID TIMESTAMP SIGNATURE <BODY");
  }
}
