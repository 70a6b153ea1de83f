// CRC-32C (Castagnoli; RFC 3720, appendix B.4): polynomial 0x1EDC6F41, reflected 0x82F63B78, initial value and final
// inversion all ones. Check value of "123456789": 0xE3069283.
#pragma once
#include <cstdint>
#include <string_view>

namespace acq::journal {

std::uint32_t crc32c(std::string_view bytes) noexcept;

}  // namespace acq::journal
