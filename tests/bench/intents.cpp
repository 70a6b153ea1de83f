#include "tests/bench/intents.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <stdexcept>

#include "common/codec/intent_json.hpp"
#include "common/crypto/bytes.hpp"
#include "common/crypto/digest.hpp"
#include "common/runtime/clock.hpp"

namespace acq::bench {
namespace asio = boost::asio;
namespace {

constexpr std::size_t sends_in_flight = 4'000;
constexpr std::uint32_t send_deadline_ms = 20'000;

struct Filling {
  kafka::Producer& producer;
  IntentMaker& maker;
  ByPartition& made;
  std::size_t left = 0;
  std::size_t lost = 0;
};

/// Takes the next payment until none is left. All of them on one thread: the order of sends is the order of `made`.
asio::awaitable<void> send_on(Filling& filling) {
  while (filling.left > 0) {
    --filling.left;
    const auto now = runtime::unix_ms();
    const auto intent = filling.maker.next(now, now);
    const auto partition = partition_of(route_of(intent.intent_id), partitions);
    filling.made[static_cast<std::size_t>(partition)].push_back(intent);
    std::string key = record_key(intent);
    std::string value = codec::encode_intent(intent);
    const auto report = co_await filling.producer.send(partition, std::move(key), std::move(value), send_deadline_ms);
    if (report.persistence != kafka::Persistence::persisted) ++filling.lost;
  }
}

}  // namespace

PaymentRequested IntentMaker::next(std::int64_t accepted_ms, std::int64_t id_ms) {
  const auto number = count_++;
  PaymentRequested intent;
  intent.merchant_id = merchant_;
  intent.merchant_order_id = "ORD-20260101-" + std::to_string(1'000'000'000 + number);
  const auto route = route_hash(merchant_, intent.merchant_order_id);
  intent.payment_id = make_payment_id(id_ms, route, crypto::random_word());
  intent.intent_id = same_bytes<IntentId>(intent.payment_id);
  intent.amount = 100 + number % 50'000;
  intent.currency = Currency::parse("CNY").value();
  intent.method = number % 2 == 0 ? MethodType::barcode : MethodType::qr;
  intent.description = "2 x jasmine tea, counter 4";
  intent.metadata = {{"shop", "0417"}, {"till", std::to_string(number % 12)}};
  intent.accepted_at_ms = accepted_ms;
  if (intent.method == MethodType::barcode) {
    intent.sealed_code = std::string(47, '\x5a');  // the size of 18 digits in their box; nothing opens it here
    intent.expires_at_ms = accepted_ms + limits::expiry_barcode_default_ms;
  } else {
    intent.expires_at_ms = accepted_ms + limits::expiry_qr_default_ms;
  }
  for (auto& word : intent.fingerprint) word = static_cast<std::uint32_t>(crypto::random_word()) | 1U;
  intent.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  return intent;
}

settlement::KeyHash key_of(const PaymentRequested& intent) {
  std::string bytes(intent.merchant_id.raw());
  bytes.push_back('\0');
  bytes += intent.merchant_order_id;
  bytes.push_back('\0');
  bytes += std::to_string(intent.attempt);
  const auto digest = crypto::sha256(bytes);
  settlement::KeyHash hash;
  std::copy_n(digest.begin(), hash.size(), hash.begin());
  return hash;
}

void Filler::fill(std::size_t count, ByPartition& made) {
  Filling filling{producer_, maker_, made, count};
  context_.restart();
  for (std::size_t i = 0; i < std::min(sends_in_flight, count); ++i)
    asio::co_spawn(context_, send_on(filling), asio::detached);
  context_.run();
  if (filling.lost > 0) throw std::runtime_error(std::to_string(filling.lost) + " records were not persisted");
}

}  // namespace acq::bench
