#include "practice/details.h"

#include <stdio.h>
#include <string.h>

#include "practice/reply.h"

#define STATEMENT(actions, resource)                                                               \
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[" actions        \
    "],\"Resource\":\"" resource "\""
#define OWN_KEYS                                                                                   \
    "\"iam:CreateAccessKey\",\"iam:UpdateAccessKey\",\"iam:DeleteAccessKey\","                     \
    "\"iam:ListAccessKeys\",\"iam:GetAccessKeyLastUsed\",\"iam:GetUser\",\"iam:ListMFADevices\""
#define OWN_USER "arn:aws:iam::" ACCOUNT_NUMBER ":user/${aws:username}"

/* A kind of policy as AWS would have it. */
struct looks {
    const char *group;         /* "" for none */
    const char *attached;      /* to the group, or to a role; "" for none */
    const char *inline_policy; /* "" for none */
};

static struct looks looks_of(enum account_policy policy)
{
    switch (policy) {
    case ACCOUNT_ADMIN:
        return (struct looks){"administrators", "AdministratorAccess", ""};
    case ACCOUNT_AUDIT:
        return (struct looks){"auditors", "ReadOnlyAccess", ""};
    case ACCOUNT_SELF:
        return (struct looks){"", "", STATEMENT(OWN_KEYS, OWN_USER) "}]}"};
    case ACCOUNT_MFA:
        return (struct looks){"", "",
                              STATEMENT(OWN_KEYS, OWN_USER)
                              ",\"Condition\":{\"Bool\":{\"aws:MultiFactorAuthPresent\":\"true\"}}}]}"};
    case ACCOUNT_NONE:
    case ACCOUNT_POLICY_COUNT:
        break;
    }
    return (struct looks){"", "", ""};
}

/* No filter asks for everything. */
static bool is_asked(const struct request *request, const char *kind)
{
    char name[32];
    for (int i = 1; i <= 5; i++) {
        snprintf(name, sizeof name, "Filter.member.%d", i);
        const char *value = request_field(request, name);
        if (value == NULL)
            return i == 1;
        if (strcmp(value, kind) == 0)
            return true;
    }
    return false;
}

/* As RFC 3986 has it. */
static void append_encoded(struct text *reply, const char *document)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";
    for (; *document != '\0'; document++)
        if (strchr(plain, *document) != NULL)
            text_append_char(reply, *document);
        else
            text_appendf(reply, "%%%02X", (unsigned)(unsigned char)*document);
}

static void append_inline(struct text *reply, const char *list, const char *document)
{
    text_appendf(reply, "<%s>", list);
    if (*document != '\0') {
        text_append(reply, "<member>");
        reply_element(reply, "PolicyName", "own-keys");
        text_append(reply, "<PolicyDocument>");
        append_encoded(reply, document);
        text_append(reply, "</PolicyDocument></member>");
    }
    text_appendf(reply, "</%s>", list);
}

static void append_attached(struct text *reply, const char *policy)
{
    char arn[128];
    text_append(reply, "<AttachedManagedPolicies>");
    if (*policy != '\0') {
        snprintf(arn, sizeof arn, "arn:aws:iam::aws:policy/%s", policy);
        text_append(reply, "<member>");
        reply_element(reply, "PolicyName", policy);
        reply_element(reply, "PolicyArn", arn);
        text_append(reply, "</member>");
    }
    text_append(reply, "</AttachedManagedPolicies>");
}

static void append_names(struct text *reply, const char *element, const char *name,
                         const char *arn)
{
    text_append(reply, "<member>");
    reply_element(reply, "Path", "/");
    reply_element(reply, element, name);
    reply_element(reply, "Arn", arn);
}

static void append_users(const struct account_user_page *page, struct text *reply)
{
    for (size_t i = 0; i < page->count; i++) {
        const struct account_user *user = &page->users[i];
        struct looks looks = looks_of(user->policy);
        append_names(reply, "UserName", user->name, user->arn);
        reply_element(reply, "UserId", user->id);
        reply_time(reply, "CreateDate", user->created);
        append_inline(reply, "UserPolicyList", looks.inline_policy);
        text_append(reply, "<GroupList>");
        if (*looks.group != '\0')
            reply_element(reply, "member", looks.group);
        text_append(reply, "</GroupList>");
        append_attached(reply, "");
        text_append(reply, "</member>");
    }
}

static void append_groups(struct text *reply)
{
    for (int policy = 0; policy < ACCOUNT_POLICY_COUNT; policy++) {
        struct looks looks = looks_of((enum account_policy)policy);
        char arn[128];
        if (*looks.group == '\0')
            continue;
        snprintf(arn, sizeof arn, "arn:aws:iam::" ACCOUNT_NUMBER ":group/%s", looks.group);
        append_names(reply, "GroupName", looks.group, arn);
        append_inline(reply, "GroupPolicyList", "");
        append_attached(reply, looks.attached);
        text_append(reply, "</member>");
    }
}

static void append_roles(const struct account *account, struct text *reply)
{
    struct account_role role;
    for (size_t i = 0; account_role_at(account, i, &role); i++) {
        struct looks looks = looks_of(role.policy);
        append_names(reply, "RoleName", role.name, role.arn);
        append_inline(reply, "RolePolicyList", looks.inline_policy);
        append_attached(reply, looks.attached);
        text_append(reply, "</member>");
    }
}

/* Each with one fault that ValidatePolicy finds (practice/analyzers.c), and one without. */
static void append_flawed(struct text *reply)
{
    static const char *const policies[][2] = {
        {"clean", STATEMENT("\"s3:GetObject\"", "arn:aws:s3:::bucket/*") "}]}"},
        {"error", STATEMENT("\"s3:GetObjekt\"", "arn:aws:s3:::bucket/*") "}]}"},
        {"security", STATEMENT("\"iam:PassRole\"", "*") "}]}"},
        {"warning", "{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
                    "\"Resource\":\"arn:aws:s3:::bucket/*\"}]}"},
        {"suggestion",
         STATEMENT("\"s3:GetObject\",\"s3:GetObject\"", "arn:aws:s3:::bucket/*") "}]}"},
    };
    for (size_t i = 0; i < sizeof policies / sizeof policies[0]; i++) {
        char arn[128];
        snprintf(arn, sizeof arn, "arn:aws:iam::" ACCOUNT_NUMBER ":policy/%s", policies[i][0]);
        text_append(reply, "<member>");
        reply_element(reply, "PolicyName", policies[i][0]);
        reply_element(reply, "Arn", arn);
        reply_element(reply, "DefaultVersionId", "v1");
        reply_element(reply, "AttachmentCount", "0");
        reply_element(reply, "PermissionsBoundaryUsageCount", "0");
        text_append(reply, "<PolicyVersionList><member><Document>");
        append_encoded(reply, policies[i][1]);
        text_append(reply, "</Document>");
        reply_element(reply, "VersionId", "v1");
        reply_element(reply, "IsDefaultVersion", "true");
        text_append(reply, "</member></PolicyVersionList></member>");
    }
}

void details_append(const struct account *account, const struct account_user_page *page, bool flawed,
                    const struct request *request, struct text *reply)
{
    bool first = request_field(request, "Marker") == NULL;
    text_append(reply, "<UserDetailList>");
    if (is_asked(request, "User"))
        append_users(page, reply);
    text_append(reply, "</UserDetailList><GroupDetailList>");
    if (first && is_asked(request, "Group"))
        append_groups(reply);
    text_append(reply, "</GroupDetailList><RoleDetailList>");
    if (first && is_asked(request, "Role"))
        append_roles(account, reply);
    text_append(reply, "</RoleDetailList><Policies>");
    if (first && flawed && is_asked(request, "LocalManagedPolicy"))
        append_flawed(reply);
    text_append(reply, "</Policies>");
}
