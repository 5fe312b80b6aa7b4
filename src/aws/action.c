#include "aws/action.h"

static const struct aws_action_row actions[AWS_ACTION_COUNT] = {
#define X(code, service, name, writes, repeatable, permission)                                     \
    [AWS_##code] = {AWS_##service, name, writes, repeatable, permission},
    AWS_ACTION_TABLE(X)
#undef X
};

static const struct {
    const char *name, *version;
} services[AWS_SERVICE_COUNT] = {
    [AWS_IAM] = {"iam", "2010-05-08"},
    [AWS_STS] = {"sts", "2011-06-15"},
    [AWS_SSO] = {"sso", "2019-06-10"},
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
