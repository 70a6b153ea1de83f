// Padded base64 (RFC 4648, section 4) of sealed codes in intents. Here and not from common/crypto, which codec must not
// see: the layers' table wins over ten shared lines. Internal to codec.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace acq::codec {

void append_base64(std::string& out, std::string_view bytes);
/// Only what append_base64 makes: padded, no white space, unused bits zero.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace acq::codec
