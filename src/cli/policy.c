/* policy: documents to hand out. Needs no network, no credentials and no journal. */
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "cli/policy_documents.h"
#include "cli/print.h"
#include "cli/cli.h"

static int list(bool json)
{
    static const char *const headings[] = {"NAME", "KIND", "WHAT", NULL};
    size_t count;
    const struct policy_document *documents = policy_documents(&count);
    struct table *table = json ? NULL : table_new(headings);
    for (size_t i = 0; i < count; i++) {
        const char *const cells[] = {documents[i].name, documents[i].kind, documents[i].summary};
        if (!json) {
            table_add(table, cells);
            continue;
        }
        struct json_object *object = json_object_new_object();
        json_add_string(object, "name", documents[i].name);
        json_add_string(object, "kind", documents[i].kind);
        json_add_string(object, "what", documents[i].summary);
        print_json(object);
    }
    table_print(table, stdout);
    return 0;
}

/* As IAM names users: then it is no pattern and no variable either. */
static bool is_user_name(const char *name)
{
    return name[0] != '\0' && strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                           "0123456789+=,.@_-") == strlen(name);
}

/* --region, else the variables that name one: what the rest of the program would take, without the
 * AWS files, so that nothing has to be there. */
static const char *region_of(const struct options *options)
{
    static const char *const names[] = {"AWS_REGION", "AWS_DEFAULT_REGION"};
    const char *region = option_string(options, OPTION_REGION);
    for (size_t i = 0; region == NULL && i < sizeof names / sizeof names[0]; i++) {
        const char *value = getenv(names[i]);
        if (value != NULL && *value != '\0')
            region = value;
    }
    return region != NULL ? region : "";
}

int command_policy(struct cli *cli)
{
    struct error err = {0};
    struct json_object *made = NULL;
    const char *name = cli->options.arguments[0];
    const char *user = option_string(&cli->options, OPTION_USER);
    bool json = option_given(&cli->options, OPTION_JSON);
    if (strcmp(name, "list") == 0)
        return list(json);
    const struct policy_document *document = policy_document_seek(name);
    if (document == NULL)
        return report_problem(2, "see 'keywright policy list'", "there is no policy '%.40s'", name);
    if (user != NULL && !document->about_user)
        return report_problem(2, "leave --user out", "the policy '%s' is not about one user", name);
    if (user != NULL && !is_user_name(user))
        return report_problem(2, "give the name without its path",
                              "the name given with --user is none that IAM allows");
    if (!policy_document_make(document, policy_partition(region_of(&cli->options)), user, &made,
                              &err))
        return report_error(&err, NULL);
    if (json) {
        print_json(made);
        return 0;
    }
    const char *text = json_object_to_json_string_ext(
        made, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE | JSON_C_TO_STRING_SPACED);
    puts(text != NULL ? text : "{}");
    json_object_put(made);
    return 0;
}
