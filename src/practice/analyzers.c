#include "practice/analyzers.h"

#include <stdio.h>
#include <string.h>

#include "base/when.h"
#include "practice/json.h"

bool analyzers_is_rest(const struct request *request)
{
    return strcmp(request->method, "GET") == 0 && strcmp(request->path.bytes, "/analyzer") == 0;
}

void analyzers_name_action(struct request *request)
{
    if (analyzers_is_rest(request) && request->field_count < REQUEST_FIELDS_MAXIMUM)
        request->fields[request->field_count++] =
            (struct request_field){"Action", "ListAnalyzers"};
}

static struct json_object *new_analyzer(const char *region, int64_t now)
{
    char arn[160], at[WHEN_TEXT_SIZE];
    struct json_object *analyzer = json_object_new_object();
    snprintf(arn, sizeof arn, "arn:aws:access-analyzer:%s:" ACCOUNT_NUMBER ":analyzer/practice",
             region);
    json_add_text(analyzer, "arn", arn);
    json_add_text(analyzer, "name", "practice");
    json_add_text(analyzer, "type", "ACCOUNT");
    json_add_text(analyzer, "createdAt", when_format(now, at));
    json_add_text(analyzer, "status", "ACTIVE");
    return analyzer;
}

bool analyzers_list(const struct account *account, const struct account_call *call,
                    const char *region, struct text *ret_reply, struct account_refusal *refusal)
{
    if (!account_may_read(account, call, "ListAnalyzers", refusal))
        return false;
    struct json_object *reply = json_object_new_object(), *list = json_object_new_array();
    if (account_has_analyzer(account))
        json_object_array_add(list, new_analyzer(region, call->now));
    json_object_object_add(reply, "analyzers", list);
    json_finish(reply, ret_reply);
    return true;
}
