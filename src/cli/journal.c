/* journal: verify, export, backup, path. */
#include <inttypes.h>
#include <json-c/json.h>
#include <string.h>

#include "base/json.h"
#include "base/when.h"
#include "cli/connect.h"
#include "cli/export.h"
#include "cli/print.h"
#include "wire/message.h"

enum { DETAIL_DEPTH = 32 };

bool export_event(void *context, const char *id, const struct event *event, const char *detail,
                  const char *hash)
{
    struct json_object *object = json_object_new_object();
    struct json_object *parsed = NULL;
    struct error err = {0};
    (void)context;
    if (!json_read(detail, strlen(detail), DETAIL_DEPTH, &parsed, &err) &&
        err.code != ERROR_MEMORY)
        parsed = json_object_new_object();
    json_add_number(object, "seq", event->seq);
    json_add_time(object, "at", event->at);
    json_add_string(object, "rotation", id);
    json_add_string(object, "kind", event_name(event->kind));
    json_add_string(object, "step", step_name(event->step));
    json_add_string(object, "actor", event->actor);
    body_put(object, "detail", parsed);
    json_add_string(object, "hash", hash);
    print_json(object);
    return true;
}

static int head(struct cli *cli, struct journal *journal)
{
    struct error err = {0};
    struct text text CLEANUP(text_release);
    text_init(&text, TEXT_SIZE);
    if (!journal_head(journal, &text, &err))
        return report_error(&err, NULL);
    if (!option_given(&cli->options, OPTION_JSON)) {
        print_line(stdout, "%s", text.bytes);
        return 0;
    }
    struct json_object *object = json_object_new_object();
    json_add_string(object, "head", text.bytes);
    print_json(object);
    return 0;
}

static int verify(struct cli *cli, struct journal *journal)
{
    struct error err = {0};
    int64_t events = 0;
    struct text text CLEANUP(text_release);
    text_init(&text, TEXT_SIZE);
    if (!journal_verify(journal, option_string(&cli->options, OPTION_AGAINST), &events, &err) ||
        !journal_head(journal, &text, &err))
        return report_error(&err, NULL);
    if (!option_given(&cli->options, OPTION_JSON)) {
        print_line(stdout, "the journal is whole: %" PRId64 " events, head %s", events, text.bytes);
        return 0;
    }
    struct json_object *object = json_object_new_object();
    json_add_bool(object, "whole", true);
    json_add_number(object, "events", events);
    json_add_string(object, "head", text.bytes);
    print_json(object);
    return 0;
}

static void print_path(const struct cli *cli, const char *path)
{
    if (!option_given(&cli->options, OPTION_JSON)) {
        print_line(stdout, "%s", path);
        return;
    }
    struct json_object *object = json_object_new_object();
    json_add_string(object, "path", path);
    print_json(object);
}

static int path(struct cli *cli)
{
    struct error err = {0};
    struct text text CLEANUP(text_release);
    text_init(&text, TEXT_SIZE * 8);
    if (!connect_journal_path(cli, &text, &err))
        return report_error(&err, NULL);
    print_path(cli, text.bytes);
    return 0;
}

int command_journal(struct cli *cli)
{
    static const char *const verbs[] = {"verify", "export", "backup", "path"};
    const char *verb = cli->options.arguments[0];
    const char *file = cli->options.argument_count > 1 ? cli->options.arguments[1] : NULL;
    struct error err = {0};
    struct journal *journal CLEANUP(journal_cleanup) = NULL;
    size_t known = 0;
    while (known < 4 && strcmp(verbs[known], verb) != 0)
        known++;
    if (known == 4)
        return report_problem(2, "see 'keywright journal --help'",
                              "journal has verify, export, backup and path, but no '%.40s'", verb);
    bool backup = strcmp(verb, "backup") == 0;
    if (backup != (file != NULL))
        return report_problem(2, "see 'keywright journal --help'",
                              backup ? "journal backup needs the name of a new file"
                                     : "journal %s takes no further argument",
                              verb);
    if (strcmp(verb, "path") == 0)
        return path(cli);
    if (!connect_confine(cli, file, &err))
        return report_error(&err, NULL);
    if (!connect_journal(cli, JOURNAL_READ, &journal, &err))
        return report_error(&err, err.code == ERROR_NOT_FOUND
                                      ? "nothing was journalled yet; 'keywright rotate' begins it"
                                      : NULL);
    if (strcmp(verb, "verify") == 0)
        return verify(cli, journal);
    if (option_given(&cli->options, OPTION_HEAD))
        return head(cli, journal);
    if (!backup)
        return journal_events(journal, NULL, 0, export_event, NULL, &err)
                   ? 0
                   : report_error(&err, NULL);
    if (option_given(&cli->options, OPTION_DRY_RUN)) {
        print_line(option_given(&cli->options, OPTION_JSON) ? stderr : stdout,
                   "would copy %s to %s", journal_path(journal), file);
        return 0;
    }
    if (!journal_backup(journal, file, &err))
        return report_error(&err, NULL);
    print_path(cli, file);
    return 0;
}
