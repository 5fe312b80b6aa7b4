/* where: the places on this computer that hold a key. */
#include <json-c/json.h>

#include "cli/connect.h"
#include "cli/print.h"
#include "wire/message.h"

static void print_place(struct cli *cli, struct table *table, const char *key,
                        struct json_object *place)
{
    int64_t line = body_number(place, "line");
    if (!option_given(&cli->options, OPTION_JSON)) {
        char number[24] = "";
        if (line > 0)
            snprintf(number, sizeof number, "%lld", (long long)line);
        const char *const cells[] = {body_string(place, "place"), body_string(place, "path"),
                                     body_string(place, "profile"), number};
        table_add(table, cells);
        return;
    }
    struct json_object *object = json_object_new_object();
    json_add_string(object, "key", key);
    json_add_string(object, "place", body_string(place, "place"));
    json_add_text(object, "path", body_string(place, "path"));
    json_add_text(object, "profile", body_string(place, "profile"));
    if (line > 0)
        json_add_number(object, "line", line);
    else
        body_put_null(object, "line");
    print_json(object);
}

int command_where(struct cli *cli)
{
    static const char *const headings[] = {"PLACE", "PATH", "PROFILE", "LINE", NULL};
    struct error err = {0};
    struct keeper *keeper CLEANUP(connect_keeper_cleanup) = NULL;
    struct json_object *reply = NULL;
    const char *key = cli->options.arguments[0];
    if (!is_key_id(key))
        return report_no_key_id();
    connect_catch_signals(NULL);
    struct json_object *body = json_object_new_object();
    body_set_string(body, "key", key);
    if (!connect_keeper(cli, &keeper, &err)) {
        json_object_put(body);
        return report_error(&err, NULL);
    }
    if (!connect_confine(cli, NULL, &err)) {
        json_object_put(body);
        return report_error(&err, NULL);
    }
    if (!connect_ask(keeper, MESSAGE_SEEK_KEY, &body, &reply, &err))
        return report_error(&err, NULL);
    struct json_object *places = body_array(reply, "places");
    size_t count = body_count(places);
    bool json = option_given(&cli->options, OPTION_JSON);
    struct table *table = json || count == 0 ? NULL : table_new(headings);
    for (size_t i = 0; i < count; i++)
        print_place(cli, table, key, json_object_array_get_idx(places, i));
    table_print(table, stdout);
    if (count == 0 && !json)
        print_line(stdout, "%s is in no place that is known here", key);
    json_object_put(reply);
    return 0;
}
