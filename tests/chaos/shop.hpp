// A merchant that never gives up: each order is sent again under its number until it is answered 2xx, through whatever
// dies meanwhile. Remembers what it was promised.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tests/chaos/facts.hpp"
#include "tests/support/system.hpp"

namespace acq::test {

class Shop {
 public:
  explicit Shop(System& system) : system_(system) {}
  /// Called between tries: whoever has died is started again.
  void tend_with(std::function<void()> tend) { tend_ = std::move(tend); }

  /// One of every fate that ends by itself within seconds (docs/channel.md), qr and barcode; one that is closed, and
  /// one whose close comes before it (P12). 12 promises.
  void send_mixed();
  void send(std::int64_t amount, bool barcode, std::size_t count = 1);
  /// Declined, tried again as attempt 2, and then the money of attempt 1 is taken after all: it goes back by itself
  /// (P13). 1 promise. The channel must notify.
  void send_late_success();
  /// Declined, and asked for again as attempt 2.
  void send_second_attempt();
  /// Asks for it to be closed, until that is answered.
  void close(const std::string& number);
  void promise(Promise made) { promises_.push_back(std::move(made)); }
  const std::vector<Promise>& promises() const noexcept { return promises_; }
  std::string next_number() { return "chaos-" + std::to_string(++sent_); }

 private:
  /// Until 2xx; its answer.
  Answer insist(const Order& order);

  System& system_;
  std::function<void()> tend_;
  std::vector<Promise> promises_;
  std::int64_t sent_ = 0;
};

}  // namespace acq::test
