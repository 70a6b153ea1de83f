// What GET /v1/payments asks for, and the cursor that a list goes on from.
#include <catch2/catch.hpp>

#include "common/crypto/bytes.hpp"
#include "gateway/page_cursor.hpp"
#include "gateway/payment_filter.hpp"

namespace {
using namespace acq;
using namespace acq::gateway;

constexpr crypto::SipKey key{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

MerchantId merchant_of(std::uint8_t byte) {
  MerchantId id;
  id.bytes.fill(byte);
  return id;
}

/// "/limit=range /x=unknown", or "list", or the number.
std::string read(std::string_view query) {
  const auto wanted = read_payments_query(query);
  if (wanted) {
    const auto* number = std::get_if<NumberWanted>(&*wanted);
    return number == nullptr ? "list" : number->merchant_order_id;
  }
  CHECK(wanted.error().code == Errc::invalid_field);
  std::string all;
  for (const auto& fault : wanted.error().faults) all += (all.empty() ? "" : " ") + fault.pointer + "=" + fault.code;
  return all;
}

ListWanted list(std::string_view query) {
  const auto wanted = read_payments_query(query);
  REQUIRE(wanted.has_value());
  return std::get<ListWanted>(*wanted);
}
}  // namespace

TEST_CASE("a query is a number or a list, and every wrong parameter is named") {
  CHECK(read("merchant_order_id=order-1") == "order-1");
  CHECK(read("") == "list");
  CHECK(read("state=succeeded&limit=1") == "list");
  const std::vector<std::pair<std::string, std::string>> wrong{
      {"merchant_order_id=", "/merchant_order_id=required"},
      {"merchant_order_id=a%20b", "/merchant_order_id=format"},
      {"merchant_order_id=a&limit=5", "/merchant_order_id=conflict"},
      {"merchant_order_id=a&state=closed", "/merchant_order_id=conflict"},
      {"merchant_order_id=a&merchant_order_id=b", "/merchant_order_id=duplicate"},
      {"state=", "/state=format"},
      {"state=Succeeded", "/state=format"},
      {"state=closed&state=closed", "/state=duplicate"},
      {"limit=0", "/limit=range"},
      {"limit=201", "/limit=range"},
      {"limit=99999999999999999999999", "/limit=range"},
      {"limit=-1", "/limit=format"},
      {"limit=%2B1", "/limit=format"},
      {"limit=1.0", "/limit=format"},
      {"limit=", "/limit=format"},
      {"created_after=2026-11-24", "/created_after=format"},
      {"created_before=2026-11-24T00:00:00%2B08:00", "/created_before=format"},
      {"cursor=", "/cursor=required"},
      {"colour=red", "/colour=unknown"},
      {"%ff=1", "=unknown"},
      {"limit=0&state=x&colour=1", "/limit=range /state=format /colour=unknown"}};
  for (const auto& [query, faults] : wrong) {
    INFO(query);
    CHECK(read(query) == faults);
  }
}

TEST_CASE("a list's parameters are read as sent, and the limit has a default") {
  CHECK(list("").limit == 50);
  CHECK(list("limit=200").limit == 200);
  const auto wanted =
      list("state=awaiting_payer&created_after=2026-11-24T08:00:00Z&created_before=2026-11-25T08:00:00.5Z&cursor=abc");
  CHECK(wanted.filter.state == PaymentState::awaiting_payer);
  CHECK(wanted.filter.created_after_ms == 1'795'507'200'000);
  CHECK(wanted.filter.created_before_ms == 1'795'593'600'500);
  CHECK(wanted.cursor == "abc");
}

TEST_CASE("a filter's times are an exclusive range of ids") {
  const auto at = [](std::int64_t ms) { return make_payment_id(ms, 0xabcd, 0x123456789abcdef0); };
  const auto holds = [](const IdRange& range, const PaymentId& id) {
    return !(id < range.first) && !(range.last < id);
  };
  const auto all = id_range({});
  CHECK(holds(all, at(0)));
  CHECK(holds(all, at(1'795'507'200'000)));
  const auto between = id_range({.created_after_ms = 1'000, .created_before_ms = 1'003});
  CHECK_FALSE(holds(between, at(1'000)));
  CHECK(holds(between, at(1'001)));
  CHECK(holds(between, at(1'002)));
  CHECK_FALSE(holds(between, at(1'003)));
  for (const auto& nothing : {id_range({.created_after_ms = 5, .created_before_ms = 5}),
                              id_range({.created_before_ms = 0}), id_range({.created_before_ms = -7})}) {
    CHECK(nothing.last < nothing.first);
  }
  // Before 1970 is before everything.
  CHECK(holds(id_range({.created_after_ms = -5}), at(0)));
}

TEST_CASE("the id before an id borrows over its bytes") {
  PaymentId id;
  id.bytes[13] = 1;
  PaymentId expected;
  expected.bytes[14] = 0xff;
  expected.bytes[15] = 0xff;
  CHECK(before(id) == expected);
  CHECK(before(PaymentId{}) == PaymentId{});
}

TEST_CASE("a cursor leads on in its own list only") {
  const auto last = make_payment_id(1'795'507'200'000, 7, 42);
  const PaymentFilter filter{.state = PaymentState::closed, .created_after_ms = 5};
  const auto text = encode_cursor(key, merchant_of(1), filter, last);
  CHECK(decode_cursor(key, merchant_of(1), filter, text) == last);

  CHECK_FALSE(decode_cursor(key, merchant_of(2), filter, text));
  CHECK_FALSE(decode_cursor(key, merchant_of(1), {}, text));
  CHECK_FALSE(decode_cursor(key, merchant_of(1), {.state = PaymentState::closed}, text));
  CHECK_FALSE(decode_cursor(key, merchant_of(1), {.state = PaymentState::closed, .created_before_ms = 5}, text));
  crypto::SipKey other_key = key;
  other_key[0] ^= 1;
  CHECK_FALSE(decode_cursor(other_key, merchant_of(1), filter, text));
}

TEST_CASE("a cursor with any character changed, cut or added is none") {
  const auto last = make_payment_id(1'795'507'200'000, 7, 42);
  const auto text = encode_cursor(key, merchant_of(1), {}, last);
  REQUIRE(decode_cursor(key, merchant_of(1), {}, text) == last);
  CHECK(text.find_first_not_of("0123456789abcdef") == std::string::npos);
  for (std::size_t i = 0; i < text.size(); ++i) {
    INFO(i);
    auto changed = text;
    changed[i] = changed[i] == '0' ? '1' : '0';
    CHECK_FALSE(decode_cursor(key, merchant_of(1), {}, changed));
    CHECK_FALSE(decode_cursor(key, merchant_of(1), {}, text.substr(0, i)));
  }
  for (const auto& wrong : {text + "0", " " + text, std::string(), std::string(text.size(), 'z'), last.text()}) {
    CHECK_FALSE(decode_cursor(key, merchant_of(1), {}, wrong));
  }
}
