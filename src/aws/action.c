#include "aws/action.h"

#include <stddef.h>

static const struct aws_action_row actions[AWS_ACTION_COUNT] = {
#define X(code, service, name, writes, repeatable, permission)                                     \
    [AWS_##code] = {AWS_##service, name, writes, repeatable, permission},
    AWS_ACTION_TABLE(X)
#undef X
};

static const struct {
    const char *name, *version;
    enum aws_protocol protocol;
    const char *target;
} services[AWS_SERVICE_COUNT] = {
    [AWS_IAM] = {"iam", "2010-05-08", AWS_QUERY, NULL},
    [AWS_STS] = {"sts", "2011-06-15", AWS_QUERY, NULL},
    [AWS_SSO] = {"sso", "2019-06-10", AWS_QUERY, NULL},
    [AWS_CLOUDTRAIL] = {"cloudtrail", "2013-11-01", AWS_JSON_1_1,
                        "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101."},
    [AWS_ACCESS_ANALYZER] = {"access-analyzer", "2019-11-01", AWS_REST_JSON, NULL},
};

static const char *const contents[] = {
    [AWS_QUERY] = "application/x-www-form-urlencoded; charset=utf-8",
    [AWS_JSON_1_1] = "application/x-amz-json-1.1",
    [AWS_REST_JSON] = "application/json",
};

const struct aws_action_row *aws_action(enum aws_action action)
{
    return &actions[action];
}

const char *aws_service_name(enum aws_service service)
{
    return services[service].name;
}

const char *aws_service_version(enum aws_service service)
{
    return services[service].version;
}

enum aws_protocol aws_service_protocol(enum aws_service service)
{
    return services[service].protocol;
}

const char *aws_service_target(enum aws_service service)
{
    return services[service].target;
}

/* Of REST: where, and whether to GET it. */
static const struct {
    const char *path;
    bool gets;
} rests[AWS_ACTION_COUNT] = {
    [AWS_LIST_ANALYZERS] = {"/analyzer", true},
    [AWS_LIST_FINDINGS_V2] = {"/findingv2", false},
    [AWS_VALIDATE_POLICY] = {"/policy/validation", false},
};

const char *aws_action_path(enum aws_action action)
{
    return rests[action].path != NULL ? rests[action].path : "";
}

bool aws_action_gets(enum aws_action action)
{
    return rests[action].gets;
}

const char *aws_action_content(enum aws_action action)
{
    return aws_action_gets(action) ? NULL : contents[aws_service_protocol(actions[action].service)];
}
