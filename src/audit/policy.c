#include "audit/policy.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/text.h"

enum { DEPTH_MOST = 16, DOCUMENT_MOST = 512 * 1024, PATTERN_MOST = 2048 };

/* --- patterns ----------------------------------------------------------------------------------*/

/* Does it match whatever word one may put? "*", "?*". */
static bool is_universal(const char *pattern)
{
    size_t stars = 0, marks = 0;
    for (; *pattern == '*' || *pattern == '?'; pattern++)
        *(*pattern == '*' ? &stars : &marks) += 1;
    return *pattern == '\0' && stars > 0 && marks <= 1;
}

/* Where in a pattern one can be without a further character. */
static void skip_stars(const char *pattern, bool *places)
{
    for (size_t i = 0; pattern[i] != '\0'; i++)
        places[i + 1] = places[i + 1] || (places[i] && pattern[i] == '*');
}

/* The pattern (of at most PATTERN_MOST) matches some words that begin with `start`; with `every`: all of them. */
static bool matches_after(const char *pattern, const char *start, bool every)
{
    bool places[PATTERN_MOST + 1] = {true};
    size_t length = strlen(pattern);
    for (skip_stars(pattern, places); *start != '\0'; start++, skip_stars(pattern, places))
        for (size_t i = length + 1; i-- > 0;) {
            bool stays = i < length && pattern[i] == '*' && places[i];
            places[i] = stays || (i > 0 && places[i - 1] &&
                                  (pattern[i - 1] == '?' ||
                                   strncasecmp(&pattern[i - 1], start, 1) == 0));
        }
    for (size_t i = 0; i <= length; i++)
        if (places[i] && (!every || is_universal(pattern + i)))
            return true;
    return false;
}

/* "*", "*:*" */
static bool is_every_action(const char *pattern)
{
    const char *colon = strchr(pattern, ':');
    char service[PATTERN_MOST + 1];
    if (colon == NULL)
        return is_universal(pattern);
    memcpy(service, pattern, (size_t)(colon - pattern));
    service[colon - pattern] = '\0';
    return is_universal(service) && is_universal(colon + 1);
}

/* "s3:*", but not "*:*". */
static bool is_whole_service(const char *pattern)
{
    const char *colon = strchr(pattern, ':');
    return colon != NULL && is_universal(colon + 1) && !is_every_action(pattern);
}

/* "*"; and what matches every ARN, if only of one partition: "arn:*", "arn:aws:*:*:*:*". */
static bool is_every_resource(const char *pattern)
{
    if (strncmp(pattern, "arn:", 4) != 0)
        return is_universal(pattern);
    pattern += 4;
    if (strncmp(pattern, "aws", 3) == 0)
        pattern += strcspn(pattern, ":*");
    return strspn(pattern, ":*") == strlen(pattern) && strchr(pattern, '*') != NULL;
}

static bool touches_iam_actions(const char *pattern)
{
    return matches_after(pattern, "iam:", false);
}

static bool touches_iam_resources(const char *pattern)
{
    return matches_after(pattern, "arn:aws:iam::", false) ||
           matches_after(pattern, "arn:aws-cn:iam::", false) ||
           matches_after(pattern, "arn:aws-us-gov:iam::", false);
}

static bool is_all_of_iam(const char *pattern)
{
    return matches_after(pattern, "iam:", true);
}

/* --- lists of them -----------------------------------------------------------------------------*/

/* A string or a list of strings: all of them good patterns. */
static bool is_patterns(struct json_object *value)
{
    if (json_object_is_type(value, json_type_string)) {
        size_t length = (size_t)json_object_get_string_len(value);
        return length > 0 && length <= PATTERN_MOST &&
               strlen(json_object_get_string(value)) == length;
    }
    if (!json_object_is_type(value, json_type_array))
        return false;
    for (size_t i = 0; i < json_object_array_length(value); i++) {
        struct json_object *one = json_object_array_get_idx(value, i);
        if (!json_object_is_type(one, json_type_string) || !is_patterns(one))
            return false;
    }
    return true;
}

static size_t count_of(struct json_object *patterns)
{
    return json_object_is_type(patterns, json_type_array) ? json_object_array_length(patterns) : 1;
}

static const char *pattern_at(struct json_object *patterns, size_t i)
{
    return json_object_get_string(json_object_is_type(patterns, json_type_array)
                                      ? json_object_array_get_idx(patterns, i)
                                      : patterns);
}

static bool any(struct json_object *patterns, bool (*is)(const char *pattern))
{
    for (size_t i = 0; i < count_of(patterns); i++)
        if (is(pattern_at(patterns, i)))
            return true;
    return false;
}

/* --- one statement -----------------------------------------------------------------------------*/

struct statement {
    bool allows;
    bool conditioned;
    struct json_object *actions, *resources;
    bool not_actions, not_resources; /* all but these */
};

static bool not_understood(struct policy_digest *digest, const char *why)
{
    *digest = (struct policy_digest){0};
    text_copy(digest->why, sizeof digest->why, why);
    return false;
}

/* Of two members one, which is a list of patterns. */
static bool one_of(struct json_object *object, const char *name, const char *opposite,
                   struct json_object **ret_patterns, bool *ret_not)
{
    struct json_object *plain = NULL, *negated = NULL;
    bool has = json_object_object_get_ex(object, name, &plain);
    *ret_not = json_object_object_get_ex(object, opposite, &negated);
    *ret_patterns = *ret_not ? negated : plain;
    return has != *ret_not && is_patterns(*ret_patterns);
}

/* Every member is one of these. */
static bool only_members(struct json_object *object, const char *const *names)
{
    json_object_object_foreach(object, name, value)
    {
        size_t i = 0;
        (void)value;
        while (names[i] != NULL && strcmp(names[i], name) != 0)
            i++;
        if (names[i] == NULL)
            return false;
    }
    return true;
}

static bool is_prefixed(struct json_object *actions)
{
    for (size_t i = 0; i < count_of(actions); i++)
        if (strchr(pattern_at(actions, i), ':') == NULL && !is_universal(pattern_at(actions, i)))
            return false;
    return true;
}

static bool read_statement(struct json_object *object, struct statement *statement,
                           struct policy_digest *digest)
{
    static const char *const members[] = {"Sid",      "Effect",      "Action",    "NotAction",
                                          "Resource", "NotResource", "Condition", NULL};
    struct json_object *condition = NULL, *value = NULL;
    if (!json_object_is_type(object, json_type_object))
        return not_understood(digest, "a statement is no JSON object");
    if (!only_members(object, members))
        return not_understood(digest, "a statement has an element that identity policies do not have");
    const char *effect = json_object_object_get_ex(object, "Effect", &value) &&
                                 json_object_is_type(value, json_type_string)
                             ? json_object_get_string(value)
                             : "";
    statement->allows = strcmp(effect, "Allow") == 0;
    if (!statement->allows && strcmp(effect, "Deny") != 0)
        return not_understood(digest, "an Effect is neither Allow nor Deny");
    if (!one_of(object, "Action", "NotAction", &statement->actions, &statement->not_actions) ||
        !is_prefixed(statement->actions))
        return not_understood(digest, "a statement does not say which actions it is about");
    if (!one_of(object, "Resource", "NotResource", &statement->resources,
                &statement->not_resources))
        return not_understood(digest, "a statement does not say which resources it is about");
    bool has = json_object_object_get_ex(object, "Condition", &condition);
    if (has && !json_object_is_type(condition, json_type_object))
        return not_understood(digest, "a Condition is no JSON object");
    statement->conditioned = has && json_object_object_length(condition) > 0;
    return true;
}

static void raise_to(enum policy_grant *grant, const struct statement *statement)
{
    enum policy_grant now = statement->conditioned ? POLICY_UNDER_CONDITION : POLICY_ALWAYS;
    if (*grant < now)
        *grant = now;
}

static void note_services(const struct statement *statement, char *services, size_t size)
{
    for (size_t i = 0; i < count_of(statement->actions); i++) {
        const char *pattern = pattern_at(statement->actions, i);
        const char *lead = statement->not_actions ? "all but " : "";
        size_t used = strlen(services);
        if (!is_whole_service(pattern))
            continue;
        bool fits = used + strlen(lead) + strlen(pattern) + sizeof ", , ..." <= size;
        snprintf(services + used, size - used, "%s%s%s", used > 0 ? ", " : "", fits ? lead : "",
                 fits ? pattern : "...");
        if (!fits)
            return;
    }
}

static void judge(const struct statement *statement, struct policy_digest *digest)
{
    bool whole = statement->not_resources ? !any(statement->resources, touches_iam_resources)
                                          : any(statement->resources, is_every_resource);
    bool iam = statement->not_actions ? !any(statement->actions, touches_iam_actions)
                                      : any(statement->actions, is_all_of_iam);
    if (!statement->allows) {
        digest->denies_iam = digest->denies_iam || (whole && iam && !statement->conditioned);
        return;
    }
    if (whole && iam)
        raise_to(&digest->all_of_iam, statement);
    if (whole && !statement->not_resources && !statement->not_actions &&
        any(statement->actions, is_every_action))
        raise_to(&digest->everything, statement);
    note_services(statement, digest->services, sizeof digest->services);
}

/* --- the document ------------------------------------------------------------------------------*/

static void put_object(struct json_object **object)
{
    json_object_put(*object);
}

static bool read_statements(struct json_object *document, struct policy_digest *digest)
{
    static const char *const members[] = {"Version", "Id", "Statement", NULL};
    struct json_object *list = NULL;
    if (!json_object_object_get_ex(document, "Statement", &list))
        return not_understood(digest, "it has no Statement");
    if (!only_members(document, members))
        return not_understood(digest, "it has an element that policies do not have");
    bool single = !json_object_is_type(list, json_type_array);
    size_t count = single ? 1 : json_object_array_length(list);
    for (size_t i = 0; i < count; i++) {
        struct statement statement = {0};
        if (!read_statement(single ? list : json_object_array_get_idx(list, i), &statement, digest))
            return false;
        judge(&statement, digest);
    }
    digest->understood = true;
    return true;
}

static int digit_of(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                  : -1;
}

/* In place; an encoded document has no brace of its own. False for an escape that is none. */
static bool decode(char *bytes, size_t *length)
{
    size_t to = 0;
    if (memchr(bytes, '{', *length) != NULL)
        return true;
    for (size_t i = 0; i < *length; i++, to++) {
        bytes[to] = bytes[i];
        if (bytes[i] != '%')
            continue;
        int high = i + 2 < *length ? digit_of(bytes[i + 1]) : -1;
        int low = high >= 0 ? digit_of(bytes[i + 2]) : -1;
        if (low < 0)
            return false;
        bytes[to] = (char)(high * 16 + low);
        i += 2;
    }
    *length = to;
    return true;
}

bool policy_plain(const char *document, size_t length, struct text *text)
{
    size_t begin = text->length;
    text_append_bytes(text, document, length);
    if (text->failed)
        return false;
    bool good = decode(text->bytes + begin, &length);
    text->length = begin + length;
    text->bytes[text->length] = '\0';
    return good;
}

static void free_bytes(char **bytes)
{
    free(*bytes);
}

void policy_read(const char *document, size_t length, struct policy_digest *ret_digest)
{
    struct json_object *object CLEANUP(put_object) = NULL;
    char *bytes CLEANUP(free_bytes) = NULL;
    struct error err = {0};
    *ret_digest = (struct policy_digest){0};
    if (length > DOCUMENT_MOST)
        (void)not_understood(ret_digest, "it is larger than a policy can be");
    else if ((bytes = malloc(length + 1)) == NULL)
        (void)not_understood(ret_digest, "out of memory");
    else {
        memcpy(bytes, document, length);
        if (!decode(bytes, &length))
            (void)not_understood(ret_digest, "a % in it begins no character");
        else if (!json_read(bytes, length, DEPTH_MOST, &object, &err))
            (void)not_understood(ret_digest, err.text);
        else
            (void)read_statements(object, ret_digest);
    }
}
