// What changes something: replays and the resolving of incidents. Each is a preview unless "apply" is true.
#include "common/crypto/bytes.hpp"
#include "settlement/operations/api/incident_json.hpp"
#include "settlement/operations/api/route.hpp"
#include "settlement/operations/dead_letters.hpp"
#include "settlement/operations/incidents.hpp"
#include "settlement/operations/replay.hpp"

namespace acq::settlement::operations {
namespace {

std::string_view outcome_of(const Act& act, kafka::Persistence persistence) {
  if (!act.apply) return "planned";
  switch (persistence) {
    case kafka::Persistence::persisted:
      return "offered";
    case kafka::Persistence::possibly:
      return "possibly";
    case kafka::Persistence::not_persisted:
      return "not_persisted";
  }
  return "possibly";
}

Result<http::Response> replay_letter(Desk& desk, const Asked& asked) {
  auto act = act_of(asked);
  if (!act) return act.error();
  auto done = replay_dead_letter(desk.connection, desk.log, asked.body.string_or("name"), *act);
  if (!done) return done.error();
  std::string out;
  codec::JsonWriter writer(out);
  writer.begin_object()
      .member("applied", act->apply)
      .member("name", std::string_view(done->letter.place.text()))
      .member("intent_id", std::string_view(done->names.intent_id.text()))
      .member("merchant_order_id", std::string_view(done->names.merchant_order_id))
      .member("code", std::string_view(done->letter.code))
      .member("replays", done->letter.replays + (act->apply ? 1 : 0))
      .member("outcome", outcome_of(*act, done->persistence))
      .end_object();
  return json_response(200, std::move(out));
}

http::Response replayed_response(const Act& act, const std::vector<Replayed>& done) {
  std::string out;
  codec::JsonWriter writer(out);
  writer.begin_object().member("applied", act.apply).key("intents").begin_array();
  for (const auto& one : done) {
    writer.begin_object()
        .member("intent_id", std::string_view(one.intent_id.text()))
        .member("payment_id", std::string_view(PaymentId{one.intent_id.bytes}.text()))
        .member("from", std::string_view(one.from))
        .member("outcome", name_of(one.end))
        .end_object();
  }
  writer.end_array().end_object();
  return json_response(200, std::move(out));
}

Result<http::Response> replay(Desk& desk, const Asked& asked) {
  auto act = act_of(asked);
  if (!act) return act.error();
  const auto id = intent_from(asked.body.string_or("id"));
  if (!id) return field("/id", "format");
  auto done = replay_intents(desk.connection, desk.log, *id, *act);
  if (!done) return done.error();
  return replayed_response(*act, *done);
}

Result<http::Response> replay_from_witness(Desk& desk, const Asked& asked) {
  auto act = act_of(asked);
  if (!act) return act.error();
  const auto* member = asked.body.find("intents");
  const auto* list = member == nullptr ? nullptr : member->array();
  if (list == nullptr || list->empty() || list->size() > witnessed_max) return field("/intents", "list");
  std::vector<std::string> intents;
  for (const auto& one : *list) {
    auto bytes = one.string() == nullptr ? std::nullopt : crypto::base64_decode(*one.string());
    if (!bytes || bytes->size() > limits::intent_bytes_max) return field("/intents", "base64");
    intents.push_back(std::move(*bytes));
  }
  auto done = replay_witnessed(desk.connection, desk.log, intents, *act);
  if (!done) return done.error();
  return replayed_response(*act, *done);
}

Result<http::Response> resolve(Desk& desk, const Asked& asked) {
  auto act = act_of(asked);
  if (!act) return act.error();
  auto id = number_of(asked, "incident_id", -1);
  if (!id) return id.error();
  Accounted accounted;
  if (const auto* balance = asked.body.find("accounted"); balance != nullptr && !balance->is_null()) {
    accounted.digest = std::string(balance->string_or("digest"));
    accounted.missing = balance->integer_or("missing", -1);
    const auto digest = crypto::hex_decode(accounted.digest);
    if (!digest || digest->size() != 32) return field("/accounted/digest", "format");
    if (accounted.missing < 0) return field("/accounted/missing", "range");
  }
  auto done = resolve_incident(desk.connection, desk.log, *id, *act, accounted, flag_of(asked, "skip_gap"));
  if (!done) return done.error();
  std::string out;
  codec::JsonWriter writer(out);
  writer.begin_object()
      .member("applied", act->apply && !done->already)
      .member("already_resolved", done->already)
      .key("incident");
  write_incident(writer, done->incident);
  if (done->restart) {
    const auto& restart = *done->restart;
    const bool none = restart.last_intent_id == IntentId{};
    writer.key("restart")
        .begin_object()
        .member("partition", restart.partition)
        .member("from_offset", restart.old_next_offset)
        .member("next_offset", restart.next_offset)
        .member("last_intent_id", std::string_view(none ? std::string() : restart.last_intent_id.text()))
        .member("open_payments", restart.open_payments)
        .end_object();
  }
  writer.end_object();
  return json_response(200, std::move(out));
}

constexpr Route routes[] = {
    {"POST", "/dead-letters/replay", replay_letter},
    {"POST", "/replay", replay},
    {"POST", "/replay/witnessed", replay_from_witness},
    {"POST", "/incidents/resolve", resolve},
};

}  // namespace

std::span<const Route> acting_routes() {
  return routes;
}

}  // namespace acq::settlement::operations
