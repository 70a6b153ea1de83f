// Places for requests that are held until something changes (P25). Settlement publishes the id of a changed payment on
// its partition's channel; whoever waits stands under the route hash, which a payment's id, its aliases and its order
// number share, so that one can listen before an id is made. A publish only wakes: whoever is woken reads.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace acq::gateway {

/// One per core; everything on its thread, except where noted.
class Waiting {
  struct State;

 public:
  struct Options {
    std::string redis_socket;
    std::int32_t partitions = 1;
    std::size_t waiters_max = 0;
  };
  Waiting(boost::asio::io_context& context, Options options);
  ~Waiting();
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

  /// Counts as a waiter while it lives; may outlive the Waiting.
  class Place {
   public:
    Place(std::shared_ptr<State> state, std::uint16_t route);
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    /// Returns when what is published from now on wakes, or when that cannot be had soon: then the clock must do.
    boost::asio::awaitable<void> until_listening();
    /// Woken, released, or it is `at_ms` (monotonic).
    boost::asio::awaitable<void> sleep_until(std::int64_t at_ms);
    /// Something was published since it was asked last.
    bool take_wake() noexcept;
    /// We stop: everybody is answered now.
    bool released() const noexcept;

   private:
    friend struct State;
    struct Sleep;
    std::shared_ptr<State> state_;
    std::unique_ptr<Sleep> sleep_;
  };

  /// Before the context runs.
  void start();
  /// All waiters are answered now, and nobody is held any more.
  void release();
  /// Null when there is no place: then the wait is 0.
  std::unique_ptr<Place> enter(std::uint16_t route);

 private:
  std::shared_ptr<State> state_;
};

}  // namespace acq::gateway
