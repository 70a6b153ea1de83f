#include "gateway/payment_list.hpp"

#include <functional>

#include "common/codec/json_document.hpp"
#include "gateway/page_cursor.hpp"
#include "gateway/payment_page.hpp"

namespace acq::gateway {

namespace asio = boost::asio;

asio::awaitable<std::variant<Refusal, std::string>> PaymentList::page(MerchantId merchant, ListWanted wanted) {
  std::optional<PaymentId> after;
  if (!wanted.cursor.empty()) {
    after = decode_cursor(cursor_key_, merchant, wanted.filter, wanted.cursor);
    if (!after) co_return Refusal{.code = Errc::bad_cursor};
  }
  // On the pool's thread to the last byte: 200 payments are more text than a core should write between two accepts.
  std::function<Result<std::string>(mariadb::Connection&)> work =
      [merchant, after, filter = wanted.filter, limit = wanted.limit,
       key = cursor_key_](mariadb::Connection& connection) -> Result<std::string> {
    const auto found = read_page(connection, merchant, filter, after, limit);
    if (!found) return found.error();
    std::string out;
    codec::JsonWriter writer(out);
    writer.begin_object().key("data").begin_array();
    for (const auto& stored : found->payments) writer.raw(show(stored.payment, stored.aliases).json);
    writer.end_array().key("next_cursor");
    if (found->next_after) {
      writer.value(encode_cursor(key, merchant, filter, *found->next_after));
    } else {
      writer.null();
    }
    writer.end_object();
    return out;
  };
  auto text = co_await database_.run<std::string>(std::move(work));
  if (text) co_return std::move(*text);
  const bool full = text.error().code == Errc::overloaded;
  co_return Refusal{.code = full ? Errc::overloaded : Errc::not_yet_known};
}

}  // namespace acq::gateway
