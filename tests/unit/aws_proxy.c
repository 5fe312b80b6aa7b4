/* aws/: the variables of proxies, read as the aws command reads them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "aws/proxy.h"

static void a_proxy_is_completed_as_botocore_does(void **state)
{
    (void)state;
    static const struct {
        const char *value, *url;
    } rows[] = {
        {"http://proxy", "http://proxy:80"},
        {"http://proxy/", "http://proxy:80/"},
        {"http://proxy:", "http://proxy:80"},
        {"http://proxy:3128", "http://proxy:3128"},
        {"HTTP://proxy", "HTTP://proxy:80"},
        {"https://proxy", "https://proxy:443"},
        {"proxy", "http://proxy:80"},
        {"proxy:3128", "http://proxy:3128"},
        {"//proxy", "http://proxy:80"},
        {"//proxy:3128/", "http://proxy:3128/"},
        {"http://me:pa:ss@proxy", "http://me:pa:ss@proxy:80"},
        {"me:8080@proxy", "http://me:8080@proxy:80"},
        {"http://me:p@ss@proxy:81", "http://me:p@ss@proxy:81"},
        {"http://[::1]", "http://[::1]:80"},
        {"http://[::1]:3128", "http://[::1]:3128"},
        {"socks5h://proxy", "socks5h://proxy:1080"},
        {"", ""},
        {"//", ""},
    };
    char url[128];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_true(proxy_complete(rows[i].value, url, sizeof url, NULL));
        assert_string_equal(url, rows[i].url);
    }
    struct error err = {0};
    assert_false(proxy_complete("http://proxy", url, 15, &err));
    assert_int_equal(err.code, ERROR_LIMIT);
    assert_true(proxy_complete("http://proxy", url, 16, &err));
}

static void the_port_of_a_url_is_that_of_its_authority(void **state)
{
    (void)state;
    assert_int_equal(proxy_named_port("https://host:8443/a:1"), 8443);
    assert_int_equal(proxy_named_port("https://host/a:1"), 0);
    assert_int_equal(proxy_named_port("host:65535"), 65535);
    assert_int_equal(proxy_named_port("host:65536"), 0);
    assert_int_equal(proxy_named_port("host:x"), 0);
    assert_int_equal(proxy_named_port("[fe80::1]"), 0);
}

static void an_entry_with_a_port_is_for_that_port(void **state)
{
    (void)state;
    static const struct {
        const char *no_proxy, *url;
        bool bypassed;
    } rows[] = {
        {"localhost:8443", "https://localhost:8443/", true},
        {"localhost:8443", "https://localhost:8444/", false},
        {"localhost:8443", "https://localhost/", false},
        {"a, .Example.org:8443 ,b", "https://iam.example.org:8443", true},
        {"example.org:8443", "https://iam.example.org:8443", true},
        {"example.org:8443", "https://notexample.org:8443", false},
        {"example.org:8443", "https://org:8443", false},
        {":8443", "https://localhost:8443", false},
        {"localhost", "https://localhost:8443", false}, /* libcurl's */
        {"*", "https://localhost:8443", false},         /* libcurl's */
        {"", "https://localhost:8443", false},
        {"a,,", "https://localhost:8443", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (proxy_port_bypassed(rows[i].no_proxy, rows[i].url) != rows[i].bypassed)
            fail_msg("NO_PROXY=%s for %s", rows[i].no_proxy, rows[i].url);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_proxy_is_completed_as_botocore_does),
        cmocka_unit_test(the_port_of_a_url_is_that_of_its_authority),
        cmocka_unit_test(an_entry_with_a_port_is_for_that_port),
    };
    return cmocka_run_group_tests_name("aws: proxies", tests, NULL, NULL);
}
