// Stops a core's server from reading while refusing costs too much, and lets the line on as fast as the allowance comes
// back. The decision is RefusalAllowance's; this is the timer around it.
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>

#include "common/http/server.hpp"
#include "gateway/admission.hpp"
#include "gateway/admission_metrics.hpp"

namespace acq::gateway {

/// One per core, used on that core. The server is named once it is there.
class ReadingControl {
 public:
  ReadingControl(boost::asio::io_context& context, Admission& admission, AdmissionMetrics& metrics)
      : admission_(admission), metrics_(metrics), timer_(context) {}

  void watch(http::Server& server) { server_ = &server; }
  /// An answer was given that did nothing for anybody. `weight`: 1 from the head, more behind a signature.
  void spent(std::int64_t weight);

 private:
  void pause();
  void schedule();
  void look_again();

  Admission& admission_;
  AdmissionMetrics& metrics_;
  boost::asio::steady_timer timer_;
  http::Server* server_ = nullptr;
};

}  // namespace acq::gateway
