// A merchant that never gives up: each order is sent again under its number until it is answered 2xx, through whatever
// dies meanwhile. Remembers what it was promised.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tests/support/system.hpp"

namespace acq::test {

/// What the shop was answered 2xx for.
struct Promise {
  std::string number;
  std::int64_t amount = 0;
  std::string payment_id;
};

class Shop {
 public:
  explicit Shop(System& system) : system_(system) {}
  /// Called between tries: whoever has died is started again.
  void tend_with(std::function<void()> tend) { tend_ = std::move(tend); }

  /// One of every fate that ends by itself within seconds (docs/channel.md), qr and barcode, and one that is closed.
  void send_mixed();
  void send(std::int64_t amount, bool barcode, std::size_t count = 1);
  /// Asks for it to be closed, until that is answered.
  void close(const std::string& number);
  void promise(Promise made) { promises_.push_back(std::move(made)); }
  const std::vector<Promise>& promises() const noexcept { return promises_; }

 private:
  std::string next_number() { return "chaos-" + std::to_string(++sent_); }

  System& system_;
  std::function<void()> tend_;
  std::vector<Promise> promises_;
  std::int64_t sent_ = 0;
};

}  // namespace acq::test
