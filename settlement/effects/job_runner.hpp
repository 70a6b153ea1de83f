// Runs jobs on an io_context of their own: channel calls under the lease, callbacks beside them, each bounded, so that
// a stuck channel does not stop callbacks and the other way round. Outcomes go to the inbox.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "settlement/effects/callback_sender.hpp"
#include "settlement/effects/channel.hpp"
#include "settlement/effects/job.hpp"
#include "settlement/effects/outcome_inbox.hpp"

namespace acq::settlement {

class JobRunner {
 public:
  JobRunner(boost::asio::io_context& context, Channel& channel, CallbackSender& sender, OutcomeInbox& inbox)
      : context_(context), channel_(channel), sender_(sender), inbox_(inbox) {}

  /// Any thread. Every job ends in exactly one outcome, JobDropped included.
  void submit(std::vector<Job> jobs);

 private:
  void start_more();
  boost::asio::awaitable<void> run(Job job);
  boost::asio::awaitable<Outcome> carry_out(Job job);
  boost::asio::awaitable<ChannelAnswer> charge_anew(Payment payment);

  /// Callbacks wait per destination (scheme, host and port), and destinations take turns: a dead merchant holds up
  /// only itself.
  struct Destination {
    std::deque<Job> waiting;
    std::size_t in_flight = 0;
  };

  boost::asio::io_context& context_;
  Channel& channel_;
  CallbackSender& sender_;
  OutcomeInbox& inbox_;
  std::deque<Job> channel_waiting_;
  std::size_t channel_in_flight_ = 0;
  std::unordered_map<std::string, Destination> destinations_;
  std::deque<std::string> turns_;  ///< destinations with waiting jobs and room
  std::size_t callbacks_in_flight_ = 0;
};

}  // namespace acq::settlement
