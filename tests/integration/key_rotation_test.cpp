// Rotation of a merchant's key under load, at two gateways: not one request is refused while both keys live, the old
// one is refused when its time has come and not before, and nobody but its users notices.
#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <memory>
#include <thread>

#include "common/crypto/bytes.hpp"
#include "common/crypto/ed25519.hpp"
#include "common/runtime/clock.hpp"
#include "tests/support/await.hpp"
#include "tests/support/files.hpp"
#include "tests/support/system.hpp"

using namespace acq;
using namespace acq::test;

namespace {

constexpr std::int64_t in_force_ms = 2'000;  ///< gateways look each second; the rest is this machine's

/// Sells one payment after another until it is told to stop, or is answered 401. No assertion of Catch runs here: it
/// has none that threads may use.
class Seller {
 public:
  Seller(Merchant merchant, std::string prefix)
      : merchant_(std::move(merchant)), prefix_(std::move(prefix)), thread_([this] { sell(); }) {}
  ~Seller() { stop(); }
  Seller(const Seller&) = delete;
  Seller& operator=(const Seller&) = delete;

  void stop() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
  }
  int accepted() const { return accepted_; }
  /// When the 401 came; 0: none did.
  std::int64_t refused_at_ms() const { return refused_at_ms_; }
  /// What was neither accepted nor refused as unauthorized; 0: nothing.
  int odd_status() const { return odd_status_; }

 private:
  void sell() {
    for (int i = 0; !stopping_ && refused_at_ms_ == 0; ++i) {
      const int status = merchant_.create(Order{.number = prefix_ + "-" + std::to_string(i)}).status;
      if (status == 202)
        ++accepted_;
      else if (status == 401)
        refused_at_ms_ = runtime::unix_ms();
      else
        odd_status_ = status;
    }
  }

  const Merchant merchant_;
  const std::string prefix_;
  std::atomic<bool> stopping_{false};
  std::atomic<int> accepted_{0};
  std::atomic<int> odd_status_{0};
  std::atomic<std::int64_t> refused_at_ms_{0};
  std::thread thread_;
};

/// One seller at each gateway.
class Shop {
 public:
  Shop(System& system, const Merchant& merchant, const std::string& prefix) {
    for (const char* gateway : {"gateway-1", "gateway-2"}) {
      sellers_.push_back(std::make_unique<Seller>(merchant.at(system.url(gateway)), prefix + "-" + gateway));
    }
  }

  void await_sales(int more) {
    std::vector<int> goals;
    for (const auto& seller : sellers_) goals.push_back(seller->accepted() + more);
    await("sales at both gateways", soon_ms, [&] {
      for (std::size_t i = 0; i < sellers_.size(); ++i) {
        if (sellers_[i]->accepted() < goals[i] && sellers_[i]->refused_at_ms() == 0) return false;
      }
      return true;
    });
  }
  void await_refused() {
    await("a 401 at both gateways", soon_ms, [&] {
      return std::all_of(sellers_.begin(), sellers_.end(),
                         [](const auto& seller) { return seller->refused_at_ms() != 0; });
    });
  }
  void check_nothing_refused() {
    for (const auto& seller : sellers_) {
      CHECK(seller->refused_at_ms() == 0);
      CHECK(seller->odd_status() == 0);
      CHECK(seller->accepted() > 0);
    }
  }
  void check_refused_between(std::int64_t from_ms, std::int64_t to_ms) {
    for (const auto& seller : sellers_) {
      CHECK(seller->odd_status() == 0);
      CHECK(seller->accepted() > 0);
      CHECK(seller->refused_at_ms() >= from_ms);
      CHECK(seller->refused_at_ms() <= to_ms);
    }
  }

 private:
  std::vector<std::unique_ptr<Seller>> sellers_;
};

codec::JsonValue keys(System& system, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"merchant", "key"});
  arguments.emplace_back("--json");
  const auto finished = system.acq(std::move(arguments));
  INFO(finished.output << finished.errors);
  REQUIRE(finished.code == 0);
  return codec::parse_json(finished.output).value();
}

std::string text_of(const codec::JsonValue& json, std::string_view name) {
  return std::string(json.string_or(name));
}

/// Not 404: a young Redis proves no absence (P7).
bool answers(int status) {
  return status != 401 && status != 0;
}

void await_known(System& system, const Merchant& merchant) {
  for (const char* gateway : {"gateway-1", "gateway-2"}) {
    const auto there = merchant.at(system.url(gateway));
    await(std::string("the new key at ") + gateway, in_force_ms + 1'000,
          [&] { return answers(there.by_number("none").status); });
  }
}

}  // namespace

TEST_CASE("Rotation under load refuses nothing until the old key's time has come, at either gateway") {
  System system;
  system.start("gateway-2");
  const auto& first = system.merchant();
  const auto id = first.id_text();
  const auto listed = keys(system, {"list", id});
  REQUIRE(listed.find("keys") != nullptr);
  const auto first_key = text_of(listed.find("keys")->array()->front(), "key_id");

  // HMAC to HMAC, the old key ends by a date.
  Shop by_first(system, first, "first");
  by_first.await_sales(20);
  const auto second_key = keys(system, {"add", id});
  const Merchant second(system.url("gateway-1"), id, text_of(second_key, "key_id"), text_of(second_key, "key_secret"));
  await_known(system, second);
  Shop by_second(system, second, "second");
  by_second.await_sales(20);
  const auto ending = keys(system, {"expire", first_key, "--in", "4s"});
  const auto ends_at_ms = codec::parse_rfc3339(text_of(ending, "expires_at"));
  REQUIRE(ends_at_ms);
  by_first.await_refused();
  by_first.check_refused_between(*ends_at_ms, *ends_at_ms + in_force_ms);
  by_second.await_sales(20);

  // HMAC to Ed25519, the old key ends at once.
  const crypto::Secret seed(crypto::random_bytes(crypto::ed25519_key_bytes));
  const std::string file = system.folder() / "public.key";
  write_file(file, crypto::base64_encode(crypto::ed25519_public_key(seed)) + "\n");
  const auto third_key = keys(system, {"add", id, "--algorithm", "ed25519", "--public-key", file});
  const auto third = first.with_ed25519(text_of(third_key, "key_id"), seed);
  await_known(system, third);
  Shop by_third(system, third, "third");
  by_third.await_sales(20);
  by_second.check_nothing_refused();
  const auto asked_ms = runtime::unix_ms();
  keys(system, {"expire", text_of(second_key, "key_id")});
  const auto told_ms = runtime::unix_ms();
  by_second.await_refused();
  by_second.check_refused_between(asked_ms, told_ms + in_force_ms);
  by_third.await_sales(20);
  by_third.check_nothing_refused();
}
