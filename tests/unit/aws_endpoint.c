/* aws/endpoint, aws/rules and aws/action. tests/unit/aws_endpoint_table holds every row of botocore's own
 * table against the rules, where there is one; the rows here always count. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "aws/endpoint.h"
#include "aws/rules.h"

static void expect_of(const char *service, const char *region, const char *variant,
                      const char *host, const char *signing_region)
{
    struct aws_endpoint endpoint;
    struct error err;
    char url[300];
    snprintf(url, sizeof url, "https://%s", host);
    bool fips = strstr(variant, "fips") != NULL, dual = strstr(variant, "dualstack") != NULL;
    assert_true(aws_endpoint_by_rule(service, region, fips, dual, &endpoint, &err));
    assert_string_equal(endpoint.url, url);
    assert_string_equal(endpoint.signing_region, signing_region);
}

static void expect(enum aws_service service, const char *region, const char *variant,
                   const char *host, const char *signing_region)
{
    struct aws_endpoint endpoint;
    struct error err;
    bool fips = strstr(variant, "fips") != NULL, dual = strstr(variant, "dualstack") != NULL;
    const char *named = region[0] != '\0' ? region : "us-east-1";
    expect_of(aws_service_name(service), named, variant, host, signing_region);
    assert_true(aws_endpoint_resolve(service, region, fips, dual, NULL, &endpoint, &err));
    assert_string_equal(endpoint.url + strlen("https://"), host);
    assert_string_equal(endpoint.signing_region, signing_region);
}

static void known_hosts(void **state)
{
    (void)state;
    expect(AWS_IAM, "", "std", "iam.amazonaws.com", "us-east-1");
    expect(AWS_IAM, "eu-west-1", "std", "iam.amazonaws.com", "us-east-1");
    expect(AWS_IAM, "eu-west-1", "fips", "iam-fips.amazonaws.com", "us-east-1");
    expect(AWS_IAM, "eu-west-1", "dualstack", "iam.global.api.aws", "us-east-1");
    expect(AWS_IAM, "aws-global", "std", "iam.amazonaws.com", "us-east-1");
    expect(AWS_IAM, "cn-north-1", "std", "iam.cn-north-1.amazonaws.com.cn", "cn-north-1");
    expect(AWS_IAM, "cn-northwest-1", "fips", "iam-fips.amazonaws.com.cn", "cn-northwest-1");
    expect(AWS_IAM, "us-gov-east-1", "std", "iam.us-gov.amazonaws.com", "us-gov-west-1");
    expect(AWS_IAM, "us-isob-west-1", "std", "iam.us-isob-east-1.sc2s.sgov.gov", "us-isob-east-1");
    expect(AWS_IAM, "us-isof-east-1", "fips", "iam-fips.csp.hci.ic.gov", "us-isof-south-1");
    expect(AWS_IAM, "eusc-de-east-1", "dualstack", "iam.api.amazonwebservices.eu",
           "eusc-de-east-1");
    expect(AWS_STS, "", "std", "sts.us-east-1.amazonaws.com", "us-east-1");
    expect(AWS_STS, "aws-global", "std", "sts.amazonaws.com", "us-east-1");
    expect(AWS_STS, "us-gov-west-1", "fips", "sts.us-gov-west-1.amazonaws.com", "us-gov-west-1");
    expect(AWS_STS, "us-gov-west-1", "fips+dualstack", "sts-fips.us-gov-west-1.api.aws",
           "us-gov-west-1");
    expect(AWS_STS, "mx-central-1", "dualstack", "sts.mx-central-1.api.aws", "mx-central-1");
    /* A region that was not there when this was written. */
    expect(AWS_STS, "cn-south-9", "std", "sts.cn-south-9.amazonaws.com.cn", "cn-south-9");
    expect(AWS_STS, "eu-atlantis-12", "std", "sts.eu-atlantis-12.amazonaws.com", "eu-atlantis-12");
    expect(AWS_IAM, "us-gov-north-3", "std", "iam.us-gov.amazonaws.com", "us-gov-west-1");
    expect(AWS_SSO, "eu-west-1", "std", "portal.sso.eu-west-1.amazonaws.com", "eu-west-1");
    expect(AWS_SSO, "eu-west-1", "fips", "portal.sso-fips.eu-west-1.amazonaws.com", "eu-west-1");
    expect(AWS_SSO, "us-east-2", "fips+dualstack", "portal.sso-fips.us-east-2.api.aws",
           "us-east-2");
    expect(AWS_SSO, "us-gov-west-1", "fips", "portal.sso.us-gov-west-1.amazonaws.com",
           "us-gov-west-1");
    expect(AWS_SSO, "us-gov-west-1", "fips+dualstack", "portal.sso-fips.us-gov-west-1.api.aws",
           "us-gov-west-1");
}

/* Services that no action is for yet, and what is odd about each. */
static void hosts_of_other_services(void **state)
{
    (void)state;
    expect_of("cloudtrail", "eu-west-1", "std", "cloudtrail.eu-west-1.amazonaws.com", "eu-west-1");
    expect_of("cloudtrail", "us-gov-west-1", "fips", "cloudtrail.us-gov-west-1.amazonaws.com",
              "us-gov-west-1");
    expect_of("access-analyzer", "us-gov-east-1", "fips+dualstack",
              "access-analyzer-fips.us-gov-east-1.api.aws", "us-gov-east-1");
    expect_of("ssm", "cn-north-1", "dualstack",
              "ssm.cn-north-1.api.amazonwebservices.com.cn", "cn-north-1");
    expect_of("secretsmanager", "eu-west-1", "dualstack", "secretsmanager.eu-west-1.amazonaws.com",
              "eu-west-1");
    expect_of("secretsmanager", "cn-north-1", "fips+dualstack",
              "secretsmanager-fips.cn-north-1.api.amazonwebservices.com.cn", "cn-north-1");
    expect_of("secretsmanager", "us-gov-west-1", "fips",
              "secretsmanager-fips.us-gov-west-1.amazonaws.com", "us-gov-west-1");
    expect_of("secretsmanager", "eusc-de-east-1", "dualstack",
              "secretsmanager.eusc-de-east-1.api.amazonwebservices.eu", "eusc-de-east-1");
}

static void names_in_settings(void **state)
{
    (void)state;
    assert_string_equal(rules_setting("iam"), "iam");
    assert_string_equal(rules_setting("secretsmanager"), "secrets_manager");
    assert_string_equal(rules_setting("access-analyzer"), "accessanalyzer");
    assert_null(rules_setting("s3"));
    for (int service = 0; service < AWS_SERVICE_COUNT; service++)
        assert_non_null(rules_setting(aws_service_name((enum aws_service)service)));
}

static void known_partitions(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"us-east-1", "aws"},
        {"", "aws"},
        {"aws-global", "aws"},
        {"cn-north-1", "aws-cn"},
        {"aws-cn-global", "aws-cn"},
        {"us-gov-west-1", "aws-us-gov"},
        {"us-iso-east-1", "aws-iso"},
        {"us-isob-east-1", "aws-iso-b"},
        {"eu-isoe-west-1", "aws-iso-e"},
        {"us-isof-south-1", "aws-iso-f"},
        {"eusc-de-east-1", "aws-eusc"},
        {"us-governor", "aws"},
        {"cn-", "aws"},
        {"cn-north", "aws"},
        {"nowhere", "aws"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(aws_partition(cases[i][0]), cases[i][1]);
    assert_string_equal(aws_home_region("eu-west-1"), "us-east-1");
    assert_string_equal(aws_regions("cn-north-1"), "cn-north-1,cn-northwest-1");
    assert_non_null(strstr(aws_regions(""), ",eu-west-1,"));
    assert_string_equal(aws_home_region("cn-northwest-1"), "cn-north-1");
    assert_string_equal(aws_home_region("us-gov-east-1"), "us-gov-west-1");
    assert_string_equal(aws_home_region("nowhere"), "us-east-1");
}

static void refuse(enum aws_service service, const char *region, bool fips, bool dual,
                   const char *url)
{
    struct aws_endpoint endpoint = {.url = "untouched"};
    struct error err = {.code = ERROR_NONE};
    bool found = aws_endpoint_resolve(service, region, fips, dual, url, &endpoint, &err);
    if (found)
        print_message("# accepted: %s %s\n", region, url != NULL ? url : "");
    assert_false(found);
    assert_int_equal(err.code, ERROR_ENDPOINT);
    assert_string_equal(endpoint.url, "untouched");
}

static void refuse_region(const char *region, const char *url)
{
    struct aws_endpoint endpoint = {.url = "untouched"};
    struct error err = {.code = ERROR_NONE};
    assert_false(aws_endpoint_resolve(AWS_STS, region, false, false, url, &endpoint, &err));
    assert_int_equal(err.code, ERROR_REGION_UNKNOWN);
    assert_string_equal(endpoint.url, "untouched");
}

static const char *aws_refusal(const char *region)
{
    static struct error err;
    assert_false(aws_region_check(region, &err));
    return err.text;
}

static void what_is_not_there_is_refused(void **state)
{
    (void)state;
    struct aws_endpoint endpoint = {.url = "untouched"};
    struct error err;
    refuse(AWS_STS, "aws-global", true, false, NULL);
    refuse(AWS_STS, "aws-cn-global", false, false, NULL);
    refuse(AWS_SSO, "aws-global", false, false, NULL);
    refuse(AWS_IAM, "eu-west-1", true, false, "https://example.org");
    refuse(AWS_IAM, "eu-west-1", false, true, "https://example.org");
    assert_false(aws_endpoint_by_rule("cloudtrail", "aws-global", false, false, &endpoint, &err));
    assert_int_equal(err.code, ERROR_ENDPOINT);
    assert_false(aws_endpoint_by_rule("s3", "eu-west-1", false, false, &endpoint, &err));
    assert_string_equal(endpoint.url, "untouched");
}

static void unknown_regions_are_refused(void **state)
{
    (void)state;
    static const char *const regions[] = {
        "eu west-1", "evil.example.org/",
        "EU-WEST-1", "-a",
        "a-",        "a@b",               "us-east-",  "cn-",
        "x#",        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
    for (size_t i = 0; i < sizeof regions / sizeof regions[0]; i++)
        refuse_region(regions[i], "https://example.org");
    /* Forms of no partition; with an endpoint of one's own they are only signed for. */
    static const char *const unknown[] = {
        "nowhere", "zz-north-1", "us-east", "us-east-1a", "us-iso-x-y-1", "eusc-fr-west-1",
        "us--1",      "us-1",    "aws",      "local",      "aws-iso-c-global"};
    struct aws_endpoint endpoint;
    struct error err;
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        refuse_region(unknown[i], NULL);
        assert_non_null(strstr(aws_refusal(unknown[i]), "--region"));
        assert_true(aws_endpoint_resolve(AWS_STS, unknown[i], false, false, "https://example.org",
                                         &endpoint, &err));
        assert_string_equal(endpoint.signing_region, unknown[i]);
        assert_true(aws_endpoint_resolve(AWS_IAM, unknown[i], false, false, "https://example.org",
                                         &endpoint, &err));
        assert_string_equal(endpoint.signing_region, "us-east-1");
    }
}

static void plain_http_is_for_loopback(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "http://example.org",
        "http://10.0.0.1:8080",
        "http://127.0.0.1.example.org",
        "http://localhost.example",
        "http://127.1",
        "http://0x7f000001",
        "http://2130706433",
        "http://128.0.0.1",
        "http://[::2]",
        "http://[::ffff:127.0.0.1]",
        "http://localhost@example.org",
        "http://127.0.0.1:80@example.org",
        "http://",
        "https://",
        "ftp://localhost",
        "localhost",
        "",
        "https://a b",
        "https://host/?x=1",
        "https://host/#x",
        "https://host\\@other",
        "https://host:0",
        "https://host:65536",
        "https://host:x",
        "https://host:",
        "https://host:123456",
        "https://[::1",
        "https://[::1]x",
        "https://user:pw@host",
        "https://ho%73t",
        "https://host/\x01",
        "https://host/\xc3\xa4",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        refuse(AWS_IAM, "us-east-1", false, false, bad[i]);
}

static void own_endpoints_are_taken(void **state)
{
    (void)state;
    static const char *const good[][2] = {
        {"http://127.0.0.1:5000", "http://127.0.0.1:5000"},
        {"http://127.9.9.9", "http://127.9.9.9"},
        {"http://localhost:5000/", "http://localhost:5000"},
        {"http://[::1]:5000", "http://[::1]:5000"},
        {"HTTPS://Example.ORG/", "HTTPS://Example.ORG"},
        {"https://host/a/b/", "https://host/a/b"},
        {"https://vpce-1_x.iam.example:8443", "https://vpce-1_x.iam.example:8443"},
    };
    struct aws_endpoint endpoint;
    struct error err;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(
            aws_endpoint_resolve(AWS_IAM, "cn-north-1", false, false, good[i][0], &endpoint, &err));
        assert_string_equal(endpoint.url, good[i][1]);
        assert_string_equal(endpoint.signing_region, "cn-north-1");
    }
    assert_true(
        aws_endpoint_resolve(AWS_STS, "eu-west-1", false, false, good[0][0], &endpoint, &err));
    assert_string_equal(endpoint.signing_region, "eu-west-1");
}

static void table_of_actions(void **state)
{
    (void)state;
    assert_string_equal(aws_action(AWS_CREATE_ACCESS_KEY)->name, "CreateAccessKey");
    assert_false(aws_action(AWS_CREATE_ACCESS_KEY)->repeatable);
    assert_string_equal(aws_service_name(AWS_STS), "sts");
    assert_string_equal(aws_service_version(AWS_IAM), "2010-05-08");
    for (int i = 0; i < AWS_ACTION_COUNT; i++) {
        const struct aws_action_row *row = aws_action((enum aws_action)i);
        char wanted[64];
        snprintf(wanted, sizeof wanted, "%s:%s", aws_service_name(row->service), row->name);
        if (i == AWS_LIST_FINDINGS_V2) /* as its first version is permitted */
            snprintf(wanted, sizeof wanted, "access-analyzer:ListFindings");
        assert_true(row->permission[0] == '\0' || strcmp(row->permission, wanted) == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_hosts),
        cmocka_unit_test(hosts_of_other_services),
        cmocka_unit_test(names_in_settings),
        cmocka_unit_test(known_partitions),
        cmocka_unit_test(what_is_not_there_is_refused),
        cmocka_unit_test(unknown_regions_are_refused),
        cmocka_unit_test(plain_http_is_for_loopback),
        cmocka_unit_test(own_endpoints_are_taken),
        cmocka_unit_test(table_of_actions),
    };
    return cmocka_run_group_tests_name("aws_endpoint", tests, NULL, NULL);
}
