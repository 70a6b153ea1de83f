// AES-256-GCM boxes, the master key file, and keys derived from it.
#include "common/crypto/sealed_box.hpp"

#include <openssl/crypto.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

#include "common/crypto/bytes.hpp"
#include "common/crypto/handles.hpp"

namespace acq::crypto {
namespace {

constexpr std::size_t key_bytes = 32;
constexpr std::size_t nonce_bytes = 12;
constexpr std::size_t tag_bytes = 16;
constexpr std::size_t overhead_bytes = 1 + nonce_bytes + tag_bytes;
constexpr std::size_t text_bytes_max = std::size_t{1} << 20;
constexpr char version = 1;

const EVP_CIPHER* cipher() {
  static const EVP_CIPHER* const algorithm = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  require(algorithm != nullptr, "OpenSSL has no AES-256-GCM");
  return algorithm;
}

const unsigned char* in(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* out(std::string& bytes, std::size_t at) {
  return reinterpret_cast<unsigned char*>(bytes.data() + at);
}
int length(std::string_view bytes) {
  return static_cast<int>(bytes.size());
}

void check_sizes(const Secret& key, std::string_view context, std::size_t text_bytes) {
  require(key.reveal().size() == key_bytes, "a sealing key has 32 bytes");
  require(context.size() <= text_bytes_max && text_bytes <= text_bytes_max + overhead_bytes, "too long for a box");
}

/// Reads at most `bytes_max` bytes of a file that only its owner can read.
std::string read_private_file(const std::string& path, std::size_t bytes_max) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    throw StartError(2, "The master key file " + path + " cannot be opened (" + std::generic_category().message(errno) +
                            "): make one with `openssl rand -hex 32 > FILE && chmod 600 FILE`.");
  }
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    throw StartError(
        2, "The master key file " + path + " can be used by others than its owner: run `chmod 600 " + path + "`.");
  }
  std::ifstream file(path, std::ios::binary);
  std::string text(bytes_max, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad() || (file.fail() && !file.eof())) {
    throw StartError(2, "The master key file " + path + " cannot be read: check its owner and that it is a file.");
  }
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

}  // namespace

std::string seal(const Secret& key, std::string_view context, std::string_view plain) {
  check_sizes(key, context, plain.size());
  const CipherContext gcm{EVP_CIPHER_CTX_new()};
  require(gcm != nullptr, "EVP_CIPHER_CTX_new");
  const std::string nonce = random_bytes(nonce_bytes);
  std::string box(overhead_bytes + plain.size(), '\0');
  box[0] = version;
  std::memcpy(box.data() + 1, nonce.data(), nonce_bytes);
  int done = 0;
  require(EVP_EncryptInit_ex2(gcm.get(), cipher(), in(key.reveal()), in(nonce), nullptr) == 1 &&
              EVP_EncryptUpdate(gcm.get(), nullptr, &done, in(context), length(context)) == 1 &&
              EVP_EncryptUpdate(gcm.get(), out(box, 1 + nonce_bytes), &done, in(plain), length(plain)) == 1 &&
              EVP_EncryptFinal_ex(gcm.get(), out(box, 1 + nonce_bytes + plain.size()), &done) == 1 &&
              EVP_CIPHER_CTX_ctrl(gcm.get(), EVP_CTRL_AEAD_GET_TAG, static_cast<int>(tag_bytes),
                                  out(box, 1 + nonce_bytes + plain.size())) == 1,
          "AES-256-GCM");
  return box;
}

Result<Secret> open(const Secret& key, std::string_view context, std::string_view box) {
  if (box.size() < overhead_bytes || box.size() > text_bytes_max + overhead_bytes || box[0] != version) {
    return Failure(Errc::undecodable, "not a sealed box");
  }
  check_sizes(key, context, box.size());
  const CipherContext gcm{EVP_CIPHER_CTX_new()};
  require(gcm != nullptr, "EVP_CIPHER_CTX_new");
  const std::string_view nonce = box.substr(1, nonce_bytes);
  const std::string_view sealed = box.substr(1 + nonce_bytes, box.size() - overhead_bytes);
  std::string tag(box.substr(box.size() - tag_bytes));
  std::string plain(sealed.size(), '\0');
  unsigned char nothing[tag_bytes];  // GCM's final writes no bytes, but wants an address
  int done = 0;
  require(EVP_DecryptInit_ex2(gcm.get(), cipher(), in(key.reveal()), in(nonce), nullptr) == 1 &&
              EVP_DecryptUpdate(gcm.get(), nullptr, &done, in(context), length(context)) == 1 &&
              EVP_DecryptUpdate(gcm.get(), out(plain, 0), &done, in(sealed), length(sealed)) == 1 &&
              EVP_CIPHER_CTX_ctrl(gcm.get(), EVP_CTRL_AEAD_SET_TAG, static_cast<int>(tag_bytes), tag.data()) == 1,
          "AES-256-GCM");
  Secret secret(std::move(plain));  // wiped also when the tag does not fit
  if (EVP_DecryptFinal_ex(gcm.get(), nothing, &done) != 1) {
    return Failure(Errc::undecodable, "the sealed box was changed or belongs to another context or key");
  }
  return secret;
}

Secret read_master_key(const std::string& path) {
  const Secret text(read_private_file(path, 2 * key_bytes + 2));
  std::string_view digits = text.reveal();
  if (digits.ends_with('\n')) digits.remove_suffix(1);
  auto key = digits.size() == 2 * key_bytes ? hex_decode(digits) : std::nullopt;
  if (!key) {
    throw StartError(
        2, "The master key file " + path + " must hold 64 hexadecimal digits: make one with `openssl rand -hex 32`.");
  }
  return Secret(std::move(*key));
}

Secret derive_key(const Secret& master, std::string_view purpose) {
  require(master.reveal().size() == key_bytes, "a master key has 32 bytes");
  const Sha256 key = hmac_sha256(master.reveal(), std::string(purpose) + '\x01');
  return Secret(std::string(raw(key)));
}

SipKey derive_sip_key(const Secret& master, std::string_view purpose) {
  const Secret key = derive_key(master, purpose);
  SipKey sip;
  std::memcpy(sip.data(), key.reveal().data(), sip.size());
  return sip;
}

}  // namespace acq::crypto
