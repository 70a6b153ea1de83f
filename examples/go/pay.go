// A merchant in Go: pays, repeats what got no answer, refunds, verifies callbacks. Standard library only.
//
//	set -a; . .local/env; set +a
//	go run examples/go/pay.go pay [AMOUNT [NUMBER]]                 one payment, followed until it is final
//	go run examples/go/pay.go refund PAYMENT_ID AMOUNT [NUMBER]     some or all of it back
//	go run examples/go/pay.go verify ID TIMESTAMP SIGNATURE <BODY   whether a callback came from us
package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

// Answer is what we read of a payment, a refund or a problem.
type Answer struct {
	PaymentID string `json:"payment_id"`
	RefundID  string `json:"refund_id"`
	State     string `json:"state"`
	Code      string `json:"code"`
	Retry     struct {
		Safe    bool   `json:"safe"`
		AfterMs *int64 `json:"after_ms"`
	} `json:"retry"`
}

const deadline = 60 * time.Second

var client = http.Client{Timeout: 10 * time.Second}

func stop(format string, values ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", values...)
	os.Exit(1)
}

func mac(key []byte, parts ...[]byte) []byte {
	hash := hmac.New(sha256.New, key)
	for _, part := range parts {
		hash.Write(part)
	}
	return hash.Sum(nil)
}

// sign adds the headers of RFC 9421 (HTTP Message Signatures) and RFC 9530 (Content-Digest); no query.
func sign(request *http.Request, body []byte) error {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(os.Getenv("ACQ_KEY_SECRET"), "mksec_"))
	if err != nil {
		return err
	}
	names := `"@method" "@path" "@query"`
	base := fmt.Sprintf("\"@method\": %s\n\"@path\": %s\n\"@query\": ?\n", request.Method, request.URL.Path)
	if body != nil {
		sum := sha256.Sum256(body)
		digest := "sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":"
		request.Header.Set("Content-Digest", digest)
		request.Header.Set("Content-Type", "application/json")
		names += ` "content-digest"`
		base += "\"content-digest\": " + digest + "\n"
	}
	parameters := fmt.Sprintf(`(%s);created=%d;keyid="%s";alg="hmac-sha256"`, names, time.Now().Unix(), os.Getenv("ACQ_KEY_ID"))
	signature := mac(key, []byte(base+"\"@signature-params\": "+parameters))
	request.Header.Set("Signature-Input", "acq="+parameters)
	request.Header.Set("Signature", "acq=:"+base64.StdEncoding.EncodeToString(signature)+":")
	return nil
}

// call sends one signed request; an error means that there was no readable answer.
func call(method, path string, body []byte) (int, Answer, error) {
	var said Answer
	request, err := http.NewRequest(method, os.Getenv("ACQ_URL")+path, bytes.NewReader(body))
	if err != nil {
		return 0, said, err
	}
	if err := sign(request, body); err != nil {
		return 0, said, err
	}
	answer, err := client.Do(request)
	if err != nil {
		return 0, said, err
	}
	defer answer.Body.Close()
	return answer.StatusCode, said, json.NewDecoder(answer.Body).Decode(&said)
}

// ask asks until there is an answer that settles it. The same bytes again are safe: their number names them for ever.
func ask(method, path string, fields map[string]any) Answer {
	var body []byte
	if fields != nil {
		body, _ = json.Marshal(fields)
	}
	for until := time.Now().Add(deadline); time.Now().Before(until); {
		pause := 500 * time.Millisecond
		status, said, err := call(method, path, body)
		switch {
		case err != nil: // refused, reset, timed out: it may have been accepted all the same
			fmt.Fprintln(os.Stderr, "no answer, asking again:", err)
		case status < 300:
			return said
		case !said.Retry.Safe:
			stop("refused: %d %s", status, said.Code)
		default:
			fmt.Fprintln(os.Stderr, status, said.Code, "- asking again with the same number")
			if said.Retry.AfterMs != nil {
				pause = time.Duration(*said.Retry.AfterMs) * time.Millisecond
			}
		}
		time.Sleep(pause)
	}
	stop("not settled in time: ask again later, with the same number")
	panic("unreachable")
}

// follow asks until the payment or refund is final, and prints each state once.
func follow(path, id string, thing Answer) {
	shown := ""
	for until := time.Now().Add(deadline); ; thing = ask("GET", path+id, nil) {
		if thing.State != shown {
			shown = thing.State
			fmt.Println(id, shown)
		}
		switch shown {
		case "succeeded", "declined", "closed", "reversed", "refused", "failed":
			return
		}
		if time.Now().After(until) {
			stop("not final in time: its callback will tell, or ask again later")
		}
		time.Sleep(200 * time.Millisecond)
	}
}

func numberOr(values []string, at int) string {
	if len(values) > at {
		return values[at]
	}
	random := make([]byte, 16)
	if _, err := rand.Read(random); err != nil {
		stop("%v", err)
	}
	return "go-" + hex.EncodeToString(random)
}

func amountOf(text string) int64 {
	amount, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		stop("an amount is a whole number of minor units: %v", err)
	}
	return amount
}

func pay(values []string) {
	amount := int64(1000)
	if len(values) > 0 {
		amount = amountOf(values[0])
	}
	fields := map[string]any{"merchant_order_id": numberOr(values, 1), "amount": amount, "currency": "CNY",
		"method": map[string]string{"type": "qr"}}
	if url := os.Getenv("ACQ_CALLBACK_URL"); url != "" {
		fields["callback_url"] = url
	}
	payment := ask("POST", "/v1/payments", fields)
	follow("/v1/payments/", payment.PaymentID, payment)
}

func refund(values []string) {
	fields := map[string]any{"merchant_refund_id": numberOr(values, 2), "amount": amountOf(values[1])}
	back := ask("POST", "/v1/payments/"+values[0]+"/refunds", fields)
	follow("/v1/refunds/", back.RefundID, back)
}

// verifyCallback is true when body (the raw bytes) came from us: Standard Webhooks.
func verifyCallback(secret, id, stamp, signatures string, body []byte) bool {
	at, err := strconv.ParseInt(stamp, 10, 64)
	key, wrong := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if age := time.Now().Unix() - at; err != nil || wrong != nil || age > 300 || age < -300 {
		return false
	}
	wanted := mac(key, []byte(id+"."+stamp+"."), body)
	good := false
	// Two signatures are sent while a secret is being rotated: one that fits is enough.
	for _, entry := range strings.Fields(signatures) {
		given, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(entry, "v1,"))
		if strings.HasPrefix(entry, "v1,") && err == nil && hmac.Equal(given, wanted) {
			good = true
		}
	}
	return good
}

func verify(values []string) {
	body, err := io.ReadAll(os.Stdin)
	if err != nil || !verifyCallback(os.Getenv("ACQ_WEBHOOK_SECRET"), values[0], values[1], values[2], body) {
		stop("NOT from the gateway: answer 400 and do nothing")
	}
	fmt.Println("from the gateway")
}

func main() {
	values := os.Args[1:]
	switch {
	case len(values) >= 1 && values[0] == "pay":
		pay(values[1:])
	case len(values) >= 3 && values[0] == "refund":
		refund(values[1:])
	case len(values) == 4 && values[0] == "verify":
		verify(values[1:])
	default:
		stop("pay [AMOUNT [NUMBER]] | refund PAYMENT_ID AMOUNT [NUMBER] | verify ID TIMESTAMP SIGNATURE <BODY")
	}
}
