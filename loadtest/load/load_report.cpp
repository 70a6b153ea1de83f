// Two renderings of the same numbers. The JSON's names are the text's words.
#include "loadtest/load/load_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <numeric>

#include "common/codec/json_document.hpp"

namespace acq::load {
namespace {

using ByCode = std::map<std::string, std::int64_t>;

std::int64_t sum_of(const ByCode& counts) {
  return std::accumulate(counts.begin(), counts.end(), std::int64_t{0},
                         [](std::int64_t sum, const auto& entry) { return sum + entry.second; });
}

std::string code_list(const ByCode& counts) {
  std::string list;
  for (const auto& [code, count] : counts)
    list += fmt::format("{}{} {}", list.empty() ? "" : ", ", code, grouped(count));
  return list.empty() ? list : " (" + list + ")";
}

void add_line(std::string& out, const Terminal& terminal, std::string_view name, const std::string& text,
              Ink ink = Ink::plain) {
  out += fmt::format("  {} {}\n", terminal.paint(Ink::dim, fmt::format("{:<12}", name)), terminal.paint(ink, text));
}

void add_latency(std::string& out, const Terminal& terminal, std::string_view name, const Histogram& h) {
  if (h.count() == 0) return;
  add_line(
      out, terminal, name,
      fmt::format("{:>10} {:>10} {:>10} {:>10} {:>10}", latency_text(h.quantile(0.5)), latency_text(h.quantile(0.9)),
                  latency_text(h.quantile(0.99)), latency_text(h.quantile(0.999)), latency_text(h.max())));
}

void add_audit(std::string& out, const Terminal& terminal, const AuditResult& audit, const Currency& currency) {
  out += "\n";
  add_line(
      out, terminal, "audited",
      fmt::format("{} accepted: {} succeeded, {} declined, {} expired; {} under an alias", grouped(audit.accepted),
                  grouped(audit.succeeded), grouped(audit.declined), grouped(audit.expired), grouped(audit.aliases)));
  if (audit.unresolved + audit.refused > 0) {
    add_line(out, terminal, "",
             fmt::format("{} unresolved, of which {} are stored; {} refused", grouped(audit.unresolved),
                         grouped(audit.unresolved_stored), grouped(audit.refused)));
  }
  add_line(out, terminal, "charged",
           fmt::format("{} times, {}", grouped(audit.charges), money_text(audit.charged_amount, currency)));
  const bool clean = audit.differences.empty();
  add_line(out, terminal, "differences", grouped(static_cast<std::int64_t>(audit.differences.size())),
           clean ? Ink::green : Ink::red);
  if (clean) return;

  ByCode by_kind;
  for (const Difference& d : audit.differences) ++by_kind[std::string(name_of(d.kind))];
  for (const auto& [kind, count] : by_kind) out += fmt::format("    {:<22} {:>9}\n", kind, grouped(count));
  out += "\n";
  const std::size_t shown = std::min(audit.differences.size(), differences_shown_max);
  for (std::size_t i = 0; i < shown; ++i) {
    const Difference& d = audit.differences[i];
    out += fmt::format("    {}  {}  {}: {}\n", d.order, d.payment_id.empty() ? "-" : d.payment_id, name_of(d.kind),
                       d.text);
  }
  if (shown < audit.differences.size()) {
    out += fmt::format("    … and {} more\n", grouped(static_cast<std::int64_t>(audit.differences.size() - shown)));
  }
}

void write_counts(codec::JsonWriter& json, std::string_view name, const ByCode& counts) {
  json.key(name).begin_object();
  for (const auto& [code, count] : counts) json.member(code, count);
  json.end_object();
}

void write_latency(codec::JsonWriter& json, std::string_view name, const Histogram& h) {
  json.key(name).begin_object();
  json.member("count", static_cast<std::int64_t>(h.count()));
  json.member("p50", h.quantile(0.5)).member("p90", h.quantile(0.9)).member("p99", h.quantile(0.99));
  json.member("p99_9", h.quantile(0.999)).member("max", h.max());
  json.end_object();
}

void write_audit(codec::JsonWriter& json, const AuditResult& audit) {
  json.key("audit").begin_object();
  json.member("accepted", audit.accepted).member("succeeded", audit.succeeded).member("declined", audit.declined);
  json.member("expired", audit.expired).member("aliases", audit.aliases).member("refused", audit.refused);
  json.member("unresolved", audit.unresolved).member("unresolved_stored", audit.unresolved_stored);
  json.member("charges", audit.charges).member("charged_amount", audit.charged_amount);
  json.member("differences", audit.differences.size());
  json.key("first_differences").begin_array();
  for (std::size_t i = 0; i < std::min(audit.differences.size(), differences_shown_max); ++i) {
    const Difference& d = audit.differences[i];
    json.begin_object();
    json.member("kind", name_of(d.kind)).member("merchant_order_id", d.order);
    json.member("payment_id", d.payment_id).member("text", d.text);
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

}  // namespace

std::string text_report(const LoadReport& report, const Terminal& terminal) {
  std::string out = "\n";
  const LoadCounts& c = report.counts;
  add_line(out, terminal, "rate",
           fmt::format("{:.1f} a second planned, {:.1f} reached, {:.1f} s", report.planned_rate, report.reached_rate,
                       report.seconds));
  add_line(out, terminal, "sent", fmt::format("{}, {} late", grouped(c.sent), grouped(c.late)));
  add_line(out, terminal, "accepted", grouped(c.accepted), c.accepted == c.sent ? Ink::green : Ink::plain);
  add_line(out, terminal, "refused", grouped(sum_of(c.refused_by_code)) + code_list(c.refused_by_code));
  add_line(out, terminal, "unresolved", grouped(sum_of(c.unresolved_by_code)) + code_list(c.unresolved_by_code));
  add_line(out, terminal, "retries", grouped(c.retries) + code_list(c.retried_by_code));
  out += "\n";
  add_line(out, terminal, "latency",
           fmt::format("{:>10} {:>10} {:>10} {:>10} {:>10}", "p50", "p90", "p99", "p99.9", "max"), Ink::dim);
  add_latency(out, terminal, "accepted", report.accept);
  if (report.callback) add_latency(out, terminal, "called back", *report.callback);
  if (report.audit) {
    add_audit(out, terminal, *report.audit, report.currency);
  } else {
    out += "\n";
    add_line(out, terminal, "audit", "none was asked for", Ink::yellow);
  }
  return out;
}

std::string json_report(const LoadReport& report) {
  std::string out;
  codec::JsonWriter json(out);
  const LoadCounts& c = report.counts;
  json.begin_object();
  json.member("run_id", report.run_id)
      .member("seed", static_cast<std::int64_t>(report.seed))
      .member("kind", report.kind);
  json.member("rate_planned", report.planned_rate).member("rate_reached", report.reached_rate);
  json.member("seconds", report.seconds);
  json.member("sent", c.sent).member("accepted", c.accepted).member("late", c.late);
  json.member("refused", sum_of(c.refused_by_code)).member("unresolved", sum_of(c.unresolved_by_code));
  json.member("retries", c.retries);
  write_counts(json, "refused_by_code", c.refused_by_code);
  write_counts(json, "unresolved_by_code", c.unresolved_by_code);
  write_counts(json, "retried_by_code", c.retried_by_code);
  write_latency(json, "accept_us", report.accept);
  if (report.callback) write_latency(json, "called_back_us", *report.callback);
  if (report.audit) write_audit(json, *report.audit);
  json.end_object();
  return out;
}

}  // namespace acq::load
