// Which hosts a credential may go to.
#include "engine/hosts.h"

#include <gtest/gtest.h>

namespace crm {
namespace {

std::string Canonical(std::string_view text) {
  const auto origin = ParseOrigin(text);
  return origin ? origin->ToString() : "refused";
}

TEST(Hosts, Origins) {
  EXPECT_EQ(Canonical("https://api.close.com"), "https://api.close.com");
  EXPECT_EQ(Canonical("HTTPS://API.Close.com:443/"), "https://api.close.com");
  EXPECT_EQ(Canonical("https://x:8443"), "https://x:8443");
  EXPECT_EQ(Canonical("http://[0:0::1]:80"), "http://[::1]");
  EXPECT_EQ(Canonical("http://127.0.0.1:18080"), "http://127.0.0.1:18080");
  for (const char *wrong : {"",
                            "https://",
                            "api.close.com",
                            "ftp://x",
                            "https://user@x",
                            "https://user:pw@x",
                            "https://x/path",
                            "https://x?q",
                            "https://x#f",
                            "https://x:0",
                            "https://x:65536",
                            "https://x:",
                            "https://x:8a",
                            "https://x:+8",
                            "https://x y",
                            "https://x\n",
                            "https://x\\y",
                            "https://[::1",
                            "https://[zz]",
                            "https://::1",
                            "https://x%2ey",
                            "https://.x",
                            "https://x.",
                            "https://x..y",
                            "https://\xC3\xA4.de",
                            "//x",
                            "https:/x"})
    EXPECT_EQ(Canonical(wrong), "refused") << wrong;
}

TEST(Hosts, Loopback) {
  for (const char *near : {"http://127.0.0.1", "http://127.9.9.9", "http://localhost", "http://[::1]"})
    EXPECT_TRUE(IsSafeScheme(*ParseOrigin(near))) << near;
  for (const char *far : {"http://128.0.0.1", "http://localhost.evil.com", "http://127.0.0.1.evil.com",
                          "http://0.0.0.0", "http://127.1", "http://[::2]", "http://[::ffff:127.0.0.1]"})
    EXPECT_FALSE(IsSafeScheme(*ParseOrigin(far))) << far;
}

TEST(Hosts, Allowed) {
  static constexpr std::string_view kOwn[] = {"api.close.com", "*.my.force.com"};
  const auto allowed = [](const char *url, const char *list = "") {
    return IsHostAllowed(*ParseOrigin(url), kOwn, list);
  };
  EXPECT_TRUE(allowed("https://api.close.com"));
  EXPECT_TRUE(allowed("https://API.CLOSE.COM"));
  EXPECT_TRUE(allowed("https://a.my.force.com"));
  EXPECT_TRUE(allowed("https://a.b.my.force.com"));
  EXPECT_FALSE(allowed("https://my.force.com"));
  EXPECT_FALSE(allowed("https://evilmy.force.com"));
  EXPECT_FALSE(allowed("https://api.close.com.evil.com"));
  EXPECT_FALSE(allowed("https://api.close.com:8443"));
  EXPECT_FALSE(allowed("http://api.close.com"));
  EXPECT_FALSE(allowed("http://127.0.0.1:1"));
  EXPECT_TRUE(allowed("http://127.0.0.1:1", "127.0.0.1"));
  EXPECT_TRUE(allowed("http://127.0.0.1:1", " x , 127.0.0.1:1 "));
  EXPECT_FALSE(allowed("http://127.0.0.1:1", "127.0.0.1:2"));
  EXPECT_FALSE(allowed("http://x.test", "x.test"));  // never in plain text
  EXPECT_TRUE(allowed("https://x.test:99", "X.Test"));
  EXPECT_TRUE(allowed("https://[::1]:9", "[0::1]:9"));
  EXPECT_TRUE(allowed("https://[::1]:9", "[::1]"));
  EXPECT_FALSE(allowed("https://x.test", ",, ,*,*.,:443,https://x.test,x.test/"));
}

TEST(Hosts, Patterns) {
  for (const char *right : {"x", "x.y:1", "*.x.y", "*.x:443", "[::1]", "[::1]:80", "127.0.0.1:80"})
    EXPECT_TRUE(IsHostPattern(right)) << right;
  for (const char *wrong : {"", "*", "*.", "x/y", "https://x", "u@x", "x:", "x:0", "*.[::1]", "a*.b"})
    EXPECT_FALSE(IsHostPattern(wrong)) << wrong;
}

}  // namespace
}  // namespace crm
