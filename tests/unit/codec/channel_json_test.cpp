// The channel's wire: bounded, and compared with what was asked (P23).
#include "common/codec/channel_json.hpp"

#include <catch2/catch.hpp>

#include "tests/support/result_text.hpp"

using namespace acq;
using namespace acq::codec;

namespace {

Payment payment() {
  Payment made;
  made.payment_id = make_payment_id(1'795'508'130'000, 7, 42);
  made.merchant_id = make_merchant_id(1'795'508'130'000, 1, 2);
  made.merchant_order_id = "order-1";
  made.amount = 1234;
  made.currency = *Currency::parse("CNY");
  return made;
}

ChargeAnswer answer(std::string status = "succeeded") {
  const auto asked = payment();
  ChargeAnswer made;
  made.request_id = channel_request_id(asked.payment_id, 1);
  made.merchant_id = asked.merchant_id.text();
  made.merchant_order_id = "order-1";
  made.amount = 1234;
  made.currency = "CNY";
  made.status = std::move(status);
  made.decline_code = made.status == "declined" ? "insufficient_funds" : "";
  made.code_url = made.status == "awaiting_payer" ? "https://channel.example/qr/1" : "";
  made.channel_reference = "ref-1";
  return made;
}

Refund refund() {
  auto made = automatic_refund(payment(), 1, 1'795'508'131'000);
  return made;
}

RefundReply reply(std::string status = "succeeded") {
  const auto asked = refund();
  RefundReply made;
  made.refund_request_id = channel_refund_id(asked);
  made.charge_request_id = channel_request_id(asked.payment_id, 1);
  made.merchant_id = asked.merchant_id.text();
  made.merchant_order_id = "order-1";
  made.amount = 1234;
  made.currency = "CNY";
  made.status = std::move(status);
  made.code = made.status == "failed" ? "refund_declined" : "";
  made.channel_reference = "ref-2";
  return made;
}

}  // namespace

TEST_CASE("a charge request comes back from its bytes") {
  const ChargeRequest request{"pay_x-1", "mer_x", "order-1", 1234, "CNY", "barcode", "134567890123456789"};
  const auto back = decode_charge(encode_charge(request));
  REQUIRE(back);
  CHECK(back->request_id == request.request_id);
  CHECK(back->merchant_id == request.merchant_id);
  CHECK(back->merchant_order_id == request.merchant_order_id);
  CHECK(back->amount == request.amount);
  CHECK(back->currency == request.currency);
  CHECK(back->method == request.method);
  CHECK(back->code == request.code);
}

TEST_CASE("a charge request lacks nothing") {
  const auto wrong =
      GENERATE(ChargeRequest{"", "m", "o", 1, "CNY", "qr", ""}, ChargeRequest{"r", "", "o", 1, "CNY", "qr", ""},
               ChargeRequest{"r", "m", "", 1, "CNY", "qr", ""}, ChargeRequest{"r", "m", "o", 0, "CNY", "qr", ""},
               ChargeRequest{"r", "m", "o", 1, "RMB", "qr", ""}, ChargeRequest{"r", "m", "o", 1, "CNY", "card", ""},
               ChargeRequest{"r", "m", "o", 1, "CNY", "barcode", ""},
               ChargeRequest{std::string(65, 'r'), "m", "o", 1, "CNY", "qr", ""},
               ChargeRequest{"r", std::string(65, 'm'), "o", 1, "CNY", "qr", ""},
               ChargeRequest{"r", "m", std::string(65, 'o'), 1, "CNY", "qr", ""});
  CHECK(decode_charge(encode_charge(wrong)).error().code == Errc::undecodable);
}

TEST_CASE("an answer is judged by its status when it tells what was asked") {
  const auto [status, verdict] = GENERATE(table<const char*, ChannelVerdict>({
      {"succeeded", ChannelVerdict::succeeded},
      {"declined", ChannelVerdict::declined},
      {"awaiting_payer", ChannelVerdict::awaiting_payer},
      {"closed", ChannelVerdict::closed},
      {"reversed", ChannelVerdict::reversed},
  }));
  const auto decoded = decode_charge_answer(encode_charge_answer(answer(status)));
  REQUIRE(decoded);
  const auto judged = judge(*decoded, payment());
  CHECK(judged.verdict == verdict);
  CHECK(judged.payment_id == payment().payment_id);
  CHECK(judged.attempt == 1);
  CHECK(judged.channel_reference == "ref-1");
  CHECK(judged.decline_code == answer(status).decline_code);
  CHECK(judged.code_url == answer(status).code_url);
}

TEST_CASE("a decline without a code still has one") {
  auto declined = answer("declined");
  declined.decline_code.clear();
  CHECK(judge(declined, payment()).decline_code == "unspecified");
}

TEST_CASE("\"never heard of it\" needs no more than the request's id") {
  const auto decoded = decode_charge_answer("{\"request_id\":\"" + answer().request_id + "\",\"status\":\"unheard\"}");
  REQUIRE(decoded);
  CHECK(judge(*decoded, payment()).verdict == ChannelVerdict::unheard);
  auto other = *decoded;
  other.request_id = channel_request_id(payment().payment_id, 2);
  CHECK(judge(other, payment()).verdict == ChannelVerdict::mismatched);
}

TEST_CASE("an answer that tells anything else is mismatched, whatever its status") {
  const auto* status = GENERATE("succeeded", "declined", "awaiting_payer", "closed", "reversed");
  auto told = answer(status);
  SECTION("amount") {
    told.amount = 1235;
  }
  SECTION("currency") {
    told.currency = "USD";
  }
  SECTION("merchant") {
    told.merchant_id = make_merchant_id(1, 1, 1).text();
  }
  SECTION("number") {
    told.merchant_order_id = "order-2";
  }
  SECTION("attempt") {
    told.request_id = channel_request_id(payment().payment_id, 2);
  }
  const auto judged = judge(told, payment());
  CHECK(judged.verdict == ChannelVerdict::mismatched);
  CHECK(judged.channel_reference.empty());
}

TEST_CASE("an unreadable answer is no answer") {
  auto wrong = answer("awaiting_payer");
  SECTION("status") {
    wrong.status = "perhaps";
  }
  SECTION("no request id") {
    wrong.request_id.clear();
  }
  SECTION("no amount") {
    wrong.amount = 0;
  }
  SECTION("no currency") {
    wrong.currency.clear();
  }
  SECTION("a reference that no column holds") {
    wrong.channel_reference = std::string(65, 'r');
  }
  SECTION("a code URL that no column holds") {
    wrong.code_url = std::string(257, 'u');
  }
  SECTION("a decline code that no column holds") {
    wrong.decline_code = std::string(33, 'd');
  }
  SECTION("control characters") {
    wrong.channel_reference = "a\nb";
  }
  SECTION("not ASCII") {
    wrong.code_url = "https://caf\xc3\xa9.example";
  }
  CHECK(decode_charge_answer(encode_charge_answer(wrong)).error().code == Errc::undecodable);
  CHECK(decode_charge_answer("<html>").error().code == Errc::undecodable);
  CHECK(decode_charge_answer("").error().code == Errc::undecodable);
}

TEST_CASE("an end comes back from its bytes") {
  const EndRequest request{"pay_x-1", "mer_x", "order-1", 1234, "CNY"};
  const auto back = decode_end(encode_end(request));
  REQUIRE(back);
  CHECK(back->request_id == request.request_id);
  CHECK(back->merchant_id == request.merchant_id);
  CHECK(back->merchant_order_id == request.merchant_order_id);
  CHECK(back->amount == request.amount);
  CHECK(back->currency == request.currency);
}

TEST_CASE("an end lacks nothing and is bounded") {
  const auto wrong = GENERATE(
      EndRequest{"", "m", "o", 1, "CNY"}, EndRequest{"r", "", "o", 1, "CNY"}, EndRequest{"r", "m", "", 1, "CNY"},
      EndRequest{"r", "m", "o", 0, "CNY"}, EndRequest{"r", "m", "o", -1, "CNY"}, EndRequest{"r", "m", "o", 1, ""},
      EndRequest{"r", "m", "o", 1, "RMB"}, EndRequest{"r r", "m", "o", 1, "CNY"},
      EndRequest{std::string(65, 'r'), "m", "o", 1, "CNY"}, EndRequest{"r", "m", std::string(65, 'o'), 1, "CNY"});
  CHECK(decode_end(encode_end(wrong)).error().code == Errc::undecodable);
}

TEST_CASE("an end that is no JSON object is refused") {
  CHECK_FALSE(decode_end(""));
  CHECK_FALSE(decode_end("[]"));
  CHECK_FALSE(decode_end("{\"request_id\":1}"));
  CHECK_FALSE(decode_end("{\"request_id\":\"r\",\"request_id\":\"r\"}"));
}

TEST_CASE("a refund request comes back from its bytes") {
  const RefundRequest request{"pay_x-1-auto", "pay_x-1", "mer_x", "order-1", 1234, "CNY"};
  const auto back = decode_refund(encode_refund(request));
  REQUIRE(back);
  CHECK(back->refund_request_id == request.refund_request_id);
  CHECK(back->charge_request_id == request.charge_request_id);
  CHECK(back->merchant_id == request.merchant_id);
  CHECK(back->merchant_order_id == request.merchant_order_id);
  CHECK(back->amount == request.amount);
  CHECK(back->currency == request.currency);
}

TEST_CASE("a refund request lacks nothing and is bounded") {
  const auto wrong = GENERATE(RefundRequest{"", "c", "m", "o", 1, "CNY"}, RefundRequest{"r", "", "m", "o", 1, "CNY"},
                              RefundRequest{"r", "c", "", "o", 1, "CNY"}, RefundRequest{"r", "c", "m", "", 1, "CNY"},
                              RefundRequest{"r", "c", "m", "o", 0, "CNY"}, RefundRequest{"r", "c", "m", "o", 1, "yen"},
                              RefundRequest{std::string(65, 'r'), "c", "m", "o", 1, "CNY"},
                              RefundRequest{"r", std::string(65, 'c'), "m", "o", 1, "CNY"},
                              RefundRequest{"r\n", "c", "m", "o", 1, "CNY"});
  CHECK(decode_refund(encode_refund(wrong)).error().code == Errc::undecodable);
}

TEST_CASE("a refund's reply is judged by its status when it tells what was asked") {
  const auto [status, verdict] = GENERATE(table<const char*, RefundVerdict>({
      {"succeeded", RefundVerdict::succeeded},
      {"failed", RefundVerdict::failed},
      {"pending", RefundVerdict::pending},
  }));
  const auto decoded = decode_refund_reply(encode_refund_reply(reply(status)));
  REQUIRE(decoded);
  const auto judged = judge_refund(*decoded, refund());
  CHECK(judged.verdict == verdict);
  CHECK(judged.payment_id == payment().payment_id);
  CHECK(judged.refund_id == refund().refund_id);
  CHECK(judged.code == reply(status).code);
  CHECK(judged.channel_reference == "ref-2");
}

TEST_CASE("a refund that failed without a code still has one") {
  auto failed = reply("failed");
  failed.code.clear();
  CHECK(judge_refund(failed, refund()).code == "unspecified");
}

TEST_CASE("a refund never heard of needs no more than its id") {
  auto told = reply("unheard");
  const auto decoded =
      decode_refund_reply("{\"refund_request_id\":\"" + told.refund_request_id + "\",\"status\":\"unheard\"}");
  REQUIRE(decoded);
  CHECK(judge_refund(*decoded, refund()).verdict == RefundVerdict::unheard);
  told.refund_request_id += "x";
  CHECK(judge_refund(told, refund()).verdict == RefundVerdict::mismatched);
}

TEST_CASE("a refund's reply that tells anything else is mismatched") {
  auto told = reply();
  SECTION("amount") {
    told.amount = 1;
  }
  SECTION("currency") {
    told.currency = "USD";
  }
  SECTION("merchant") {
    told.merchant_id = make_merchant_id(1, 1, 1).text();
  }
  SECTION("number") {
    told.merchant_order_id = "order-2";
  }
  SECTION("charge") {
    told.charge_request_id = channel_request_id(payment().payment_id, 2);
  }
  SECTION("refund") {
    told.refund_request_id += "x";
  }
  const auto judged = judge_refund(told, refund());
  CHECK(judged.verdict == RefundVerdict::mismatched);
  CHECK(judged.channel_reference.empty());
}

TEST_CASE("an unreadable reply to a refund is no answer") {
  auto wrong = reply("failed");
  SECTION("status") {
    wrong.status = "closed";
  }
  SECTION("no refund id") {
    wrong.refund_request_id.clear();
  }
  SECTION("no charge id") {
    wrong.charge_request_id.clear();
  }
  SECTION("no amount") {
    wrong.amount = 0;
  }
  SECTION("no number") {
    wrong.merchant_order_id.clear();
  }
  SECTION("a code that no column holds") {
    wrong.code = std::string(33, 'c');
  }
  SECTION("a reference that no column holds") {
    wrong.channel_reference = std::string(65, 'r');
  }
  SECTION("control characters") {
    wrong.code = "a\tb";
  }
  CHECK(decode_refund_reply(encode_refund_reply(wrong)).error().code == Errc::undecodable);
  CHECK(decode_refund_reply("null").error().code == Errc::undecodable);
}
