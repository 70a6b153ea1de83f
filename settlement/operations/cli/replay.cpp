// acq replay: the same intent offered again under its old id. What was applied stays as it is: replay cannot pay twice.
#include <algorithm>
#include <cstdio>
#include <set>

#include "common/crypto/bytes.hpp"
#include "common/runtime/clock.hpp"
#include "settlement/operations/cli/accounting.hpp"
#include "settlement/operations/cli/show.hpp"
#include "settlement/operations/cli/subject.hpp"
#include "settlement/operations/replay.hpp"

namespace acq::cli {
namespace {

struct Options {
  Subject subject;
  bool stuck = false;
  std::string older_than = "60s";
  bool from_witness = false;
  std::vector<std::string> only;
  WindowOptions window;
  WitnessOptions witness;
  ActOptions act;
  bool json = false;
};

/// What came of each, gathered over many requests.
class Outcomes {
 public:
  explicit Outcomes(const Options& options) : options_(options) {}

  /// False when the rest must wait: one is not known to be on the log.
  bool take(const codec::JsonValue& answer) {
    const auto* list = answer.find("intents");
    if (list == nullptr || list->array() == nullptr) return true;
    bool go_on = true;
    for (const auto& one : *list->array()) {
      const auto outcome = text_of(one, "outcome");
      rows_.push_back({text_of(one, "payment_id"), text_of(one, "intent_id"), text_of(one, "from"), outcome});
      if (outcome == "possibly" || outcome == "not_persisted") go_on = false;
    }
    return go_on;
  }
  void refused(const std::string& id, const std::string& why) { rows_.push_back({id, "-", "-", "refused: " + why}); }

  int end() const {
    if (options_.json) {
      std::string out;
      codec::JsonWriter writer(out);
      writer.begin_object().member("applied", options_.act.apply).key("intents").begin_array();
      for (const auto& row : rows_) {
        writer.begin_object()
            .member("payment_id", std::string_view(row[0]))
            .member("intent_id", std::string_view(row[1]))
            .member("from", std::string_view(row[2]))
            .member("outcome", std::string_view(row[3]))
            .end_object();
      }
      writer.end_array().end_object();
      std::printf("%s\n", out.c_str());
    } else {
      print_table({"PAYMENT", "INTENT", "FROM", "OUTCOME"}, rows_);
    }
    if (rows_.empty()) say("there is nothing to replay");
    if (!options_.act.apply && !rows_.empty()) {
      say("a preview: nothing was offered; --apply --reason TEXT does it");
    }
    const bool well = std::all_of(rows_.begin(), rows_.end(), [](const Cells& row) {
      return row[3] == "planned" || row[3] == "offered" || row[3] == "stored";
    });
    return well ? done : differs;
  }

 private:
  const Options& options_;
  std::vector<Cells> rows_;
};

Reply replay_one(const Options& options, const std::string& id) {
  std::string body;
  codec::JsonWriter writer(body);
  writer.begin_object().member("id", std::string_view(id));
  write_act(writer, options.act);
  writer.end_object();
  return ask_port("POST", "/replay", body);
}

int replay_stuck(const Options& options) {
  const auto older = duration_ms("--older-than", options.older_than);
  Outcomes outcomes(options);
  Progress progress("replayed", 0);
  std::string after;
  for (;;) {
    std::string body;
    codec::JsonWriter writer(body);
    writer.begin_object().member("older_than_ms", older).member("limit", 500);
    if (!after.empty()) writer.member("after", std::string_view(after));
    writer.end_object();
    const auto page = ask_port("POST", "/payments/open", body);
    const auto* ids = page.json.find("payment_ids");
    if (ids == nullptr || ids->array() == nullptr || ids->array()->empty()) return outcomes.end();
    for (const auto& one : *ids->array()) {
      after = text_of(one);
      try {
        if (!outcomes.take(replay_one(options, after).json)) return outcomes.end();
      } catch (const Failed& failed) {
        if (failed.code != differs) throw;
        outcomes.refused(after, failed.what());
      }
      progress.add();
    }
  }
}

/// The first `offered` bytes of each.
std::unordered_map<std::string, std::string> payloads(const Options& options, const std::set<IntentId>& wanted) {
  std::unordered_map<std::string, std::string> bytes;
  read_witness(options.witness, [&](const journal::Record& record, std::uint32_t) {
    const IntentId id{record.intent_id};
    if (record.type == journal::RecordType::offered && wanted.contains(id)) bytes.emplace(id.text(), record.payload);
  });
  return bytes;
}

int replay_from_witness(const Options& options) {
  const auto now = runtime::unix_ms();
  const auto accounting = account(options.witness, window_of(options.window, now), now);
  std::set<std::string> only;
  for (const auto& name : options.only) {
    if (!is_id(name)) throw Failed(usage, "--only takes an id (pay_…, int_… or ref_…), not '" + name + "'");
    only.insert(name);
  }
  struct Missing {
    std::int64_t first_offered_ms;
    IntentId id;
  };
  std::vector<Missing> missing;
  std::set<IntentId> wanted;
  for (const auto& one : accounting.balance.differences) {
    if (one.difference != settlement::operations::Difference::missing) continue;
    const auto& id = one.intent_id;
    if (!only.empty() && !only.contains(id.text()) && !only.contains(PaymentId{id.bytes}.text())) continue;
    const auto* offer = accounting.offers.find(id.bytes);
    if (offer == nullptr || offer->fate() == journal::OfferFate::refused || !offer->window_over(now)) continue;
    missing.push_back({offer->first_offered_ms, id});
    wanted.insert(id);
  }
  // In order of acceptance, of each payment and of all (P5).
  std::sort(missing.begin(), missing.end(), [](const Missing& a, const Missing& b) {
    return a.first_offered_ms != b.first_offered_ms ? a.first_offered_ms < b.first_offered_ms : a.id < b.id;
  });
  Outcomes outcomes(options);
  const auto bytes = missing.empty() ? std::unordered_map<std::string, std::string>{} : payloads(options, wanted);
  Progress progress("re-offered", static_cast<std::int64_t>(missing.size()));
  constexpr auto page = settlement::operations::witnessed_max;
  for (std::size_t from = 0; from < missing.size(); from += page) {
    std::string body;
    codec::JsonWriter writer(body);
    writer.begin_object();
    write_act(writer, options.act);
    writer.key("intents").begin_array();
    const auto to = std::min(from + page, missing.size());
    for (auto i = from; i < to; ++i) {
      const auto found = bytes.find(missing[i].id.text());
      if (found == bytes.end()) throw Failed(differs, "the witness has no bytes of " + missing[i].id.text());
      writer.value(std::string_view(crypto::base64_encode(found->second)));
    }
    writer.end_array().end_object();
    if (!outcomes.take(ask_port("POST", "/replay/witnessed", body).json)) break;
    progress.add(static_cast<std::int64_t>(to - from));
  }
  return outcomes.end();
}

int replay(const Options& options) {
  require_reason(options.act);
  const int ways = (options.subject.name.empty() ? 0 : 1) + (options.stuck ? 1 : 0) + (options.from_witness ? 1 : 0);
  if (ways != 1) throw Failed(usage, "name one of: an ID or order number, --stuck, --from-witness");
  if (options.stuck) return replay_stuck(options);
  if (options.from_witness) return replay_from_witness(options);
  Outcomes outcomes(options);
  outcomes.take(replay_one(options, id_of(options.subject)).json);
  return outcomes.end();
}

}  // namespace

void add_replay(Tree& tree) {
  auto options = std::make_shared<Options>();
  auto* command =
      tree.app.add_subcommand("replay", "offers intents again under their old ids; what was applied stays as it is");
  add_subject(*command, options->subject, false);
  command->add_flag("--stuck", options->stuck, "all open payments");
  command->add_option("--older-than", options->older_than, "with --stuck: 90s, 15m, 2h, 3d")->capture_default_str();
  command->add_flag("--from-witness", options->from_witness,
                    "what account-for finds missing, from the witness, in order of acceptance");
  command->add_option("--only", options->only, "with --from-witness: these ids, repeatable");
  add_window(*command, options->window);
  add_witness(*command, options->witness);
  add_act(*command, options->act);
  add_json(*command, options->json);
  command->callback([&tree, options] { tree.chosen = [options] { return replay(*options); }; });
}

}  // namespace acq::cli
