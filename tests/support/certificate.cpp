#include "tests/support/certificate.hpp"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <memory>

#include "common/crypto/bytes.hpp"

namespace acq::test {
namespace {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* thing) const {
    Free(thing);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<::EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freed<::X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Freed<::X509_EXTENSION_free>>;
using File = std::unique_ptr<std::FILE, Freed<std::fclose>>;

constexpr long day_s = 24 * 3600;

void add_extension(X509* certificate, int kind, const char* value) {
  const Extension extension(::X509V3_EXT_conf_nid(nullptr, nullptr, kind, value));
  REQUIRE(extension != nullptr);
  REQUIRE(::X509_add_ext(certificate, extension.get(), -1) == 1);
}

}  // namespace

http::TlsFiles write_certificate(const std::string& folder, const std::string& name, int days) {
  const Key key(EVP_EC_gen("P-256"));
  const Certificate certificate(::X509_new());
  REQUIRE((key && certificate));
  ::X509_set_version(certificate.get(), 2);
  ::ASN1_INTEGER_set_uint64(::X509_get_serialNumber(certificate.get()), crypto::random_word() >> 1);
  ::X509_gmtime_adj(::X509_getm_notBefore(certificate.get()), -60 * day_s);
  ::X509_gmtime_adj(::X509_getm_notAfter(certificate.get()), days * day_s);
  ::X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* subject = ::X509_get_subject_name(certificate.get());
  ::X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name.c_str()), -1,
                               -1, 0);
  ::X509_set_issuer_name(certificate.get(), subject);
  add_extension(certificate.get(), NID_subject_alt_name, "IP:127.0.0.1,DNS:localhost");
  add_extension(certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
  REQUIRE(::X509_sign(certificate.get(), key.get(), ::EVP_sha256()) > 0);

  http::TlsFiles files{folder + "/" + name + ".crt", folder + "/" + name + ".key"};
  const File certificate_file(std::fopen(files.certificate_file.c_str(), "w"));
  const File key_file(std::fopen(files.key_file.c_str(), "w"));
  REQUIRE((certificate_file && key_file));
  REQUIRE(::PEM_write_X509(certificate_file.get(), certificate.get()) == 1);
  REQUIRE(::PEM_write_PrivateKey(key_file.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return files;
}

}  // namespace acq::test
