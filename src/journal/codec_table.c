#include "journal/codec_table.h"

#define SIZE_OF(type, member) sizeof(((struct type *)NULL)->member)

/* clang-format off */
const struct codec_field codec_event_fields[EVENT_FIELDS_END] = {
#define X(code, name, member, type)                                                                \
    [EVENT_FIELD_##code] = {name, CODEC_##type, offsetof(struct event, member),                    \
                            SIZE_OF(event, member)},
    EVENT_FIELD_TABLE(X)
#undef X
};
/* clang-format on */

enum codec_type codec_event_type(enum event_field field)
{
    bool is_key =
        field == EVENT_FIELD_KEY || field == EVENT_FIELD_SIGNER || field == EVENT_FIELD_FOUND;
    return is_key ? CODEC_KEY : codec_event_fields[field].type;
}

/* X(member, type). Called as in the struct, so that the journal needs no second vocabulary. */
#define PLAN_FIELD_TABLE(X)                                                                        \
    X(account, STRING)                                                                             \
    X(partition, STRING)                                                                           \
    X(user, STRING)                                                                                \
    X(user_arn, STRING)                                                                            \
    X(old_key, KEY)                                                                                \
    X(self, BOOL)                                                                                  \
    X(signer_key, KEY)                                                                             \
    X(signer_arn, STRING)                                                                          \
    X(profile, STRING)                                                                             \
    X(profile_source, STRING)                                                                      \
    X(as_profile, STRING)                                                                          \
    X(mfa_serial, STRING)                                                                          \
    X(region, STRING)                                                                              \
    X(endpoint_url, STRING)                                                                        \
    X(endpoint_iam, STRING)                                                                        \
    X(endpoint_sts, STRING)                                                                        \
    X(endpoint_sso, STRING)                                                                        \
    X(endpoint_cloudtrail, STRING)                                                                 \
    X(endpoint_access_analyzer, STRING)                                                            \
    X(use_fips, BOOL)                                                                              \
    X(use_dualstack, BOOL)                                                                         \
    X(pair_held, BOOL)                                                                             \
    X(verify, STRING)                                                                              \
    X(adopt_key, KEY)                                                                              \
    X(retire_key, KEY)                                                                             \
    X(settle, NUMBER)                                                                              \
    X(quiet, NUMBER)                                                                               \
    X(soak, NUMBER)                                                                                \
    X(consistency, NUMBER)                                                                         \
    X(timeout, NUMBER)                                                                             \
    X(reason, STRING)                                                                              \
    X(ticket, STRING)                                                                              \
    X(compromised, BOOL)

const struct codec_field codec_plan_fields[] = {
#define X(member, type)                                                                            \
    {#member, CODEC_##type, offsetof(struct plan, member), SIZE_OF(plan, member)},
    PLAN_FIELD_TABLE(X)
#undef X
};
const size_t codec_plan_field_count = sizeof codec_plan_fields / sizeof codec_plan_fields[0];
