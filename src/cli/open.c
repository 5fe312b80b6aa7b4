#include "cli/open.h"

#include <stdlib.h>
#include <string.h>

#include "cli/print.h"

static bool collect(void *context, int64_t number, const struct rotation_row *row)
{
    struct open_list *list = context;
    (void)number;
    if (list->count == OPEN_MAX)
        return false;
    text_copy(list->ids[list->count++], ID_SIZE, row->id);
    return true;
}

bool open_collect(struct journal *journal, struct open_list *ret_list, struct error *err)
{
    struct rotation_filter filter = {.open_only = true, .limit = OPEN_MAX};
    ret_list->count = 0;
    if (!journal_rotations(journal, &filter, collect, ret_list, err))
        return false;
    for (size_t i = 0, j = ret_list->count; i + 1 < j; i++) {
        char id[ID_SIZE];
        j--;
        memcpy(id, ret_list->ids[i], sizeof id);
        memcpy(ret_list->ids[i], ret_list->ids[j], sizeof id);
        memcpy(ret_list->ids[j], id, sizeof id);
    }
    return true;
}

bool open_load(struct journal *journal, const char *id, struct rotation **ret_rotation,
               struct error *err)
{
    struct rotation *rotation = calloc(1, sizeof *rotation);
    if (rotation == NULL)
        return error_set(err, ERROR_MEMORY, "loading rotation %s", id);
    if (!journal_load(journal, id, rotation, err)) {
        free(rotation);
        return false;
    }
    *ret_rotation = rotation;
    return true;
}

bool open_read(struct journal *journal, const char *id, struct rotation **ret_rotation,
               struct error *err)
{
    struct rotation *rotation = calloc(1, sizeof *rotation);
    struct error failure = {0};
    if (rotation == NULL)
        return error_set(err, ERROR_MEMORY, "loading rotation %s", id);
    if (!journal_load(journal, id, rotation, &failure)) {
        report_damage(&failure);
        if (!journal_fold(journal, id, rotation, err)) {
            free(rotation);
            return false;
        }
    }
    *ret_rotation = rotation;
    return true;
}

void open_rotation_cleanup(struct rotation **rotation)
{
    free(*rotation);
}

static bool conflict(enum option option, const char *id, const char *planned, struct error *err)
{
    return error_set(err, ERROR_USAGE, "--%s conflicts with rotation %s, which was opened with %s",
                     option_row(option)->name, id, planned[0] != '\0' ? planned : "none");
}

/* "file" stands for every file, "file:PROFILE" for that profile of any file. */
static bool target_matches(const char *given, const char *spec)
{
    size_t length = strlen(given);
    if (strcmp(given, spec) == 0)
        return true;
    if (strcmp(given, "file") == 0)
        return strncmp(spec, "file:", 5) == 0;
    return strncmp(given, "file:", 5) == 0 && strncmp(given, spec, length) == 0 &&
           spec[length] == '@';
}

static bool lists_agree(const struct options *options, const struct plan *plan, const char *id,
                        struct error *err)
{
    for (size_t i = 0; i < options->counts[OPTION_TO]; i++) {
        bool found = false;
        for (size_t j = 0; j < plan->target_count; j++)
            found = found || target_matches(options->lists[OPTION_TO][i], plan->targets[j].spec);
        if (!found)
            return conflict(OPTION_TO, id, "other targets", err);
    }
    for (size_t i = 0; i < options->counts[OPTION_TEST]; i++) {
        bool found = false;
        for (size_t j = 0; j < plan->test_count; j++)
            found = found || strcmp(options->lists[OPTION_TEST][i], plan->tests[j]) == 0;
        if (!found)
            return conflict(OPTION_TEST, id, "other tests", err);
    }
    return true;
}

static bool source_agrees(const struct options *options, const struct plan *plan, const char *id,
                          struct error *err)
{
    const char *profile = option_string(options, OPTION_PROFILE);
    const char *url = option_string(options, OPTION_ENDPOINT_URL);
    if (profile != NULL && !plan_has_profile(plan, profile))
        return conflict(OPTION_PROFILE, id, plan_named_profile(plan), err);
    if (url != NULL && !plan_has_endpoint(plan, url))
        return conflict(OPTION_ENDPOINT_URL, id,
                        plan->endpoint_iam[0] != '\0' ? plan->endpoint_iam : plan->endpoint_url, err);
    return true;
}

bool open_conflicts(const struct options *options, const struct plan *plan, const char *id,
                    struct error *err)
{
    const struct {
        enum option option;
        const char *planned;
    } words[] = {
        {OPTION_AS, plan->as_profile},  {OPTION_REGION, plan->region},
        {OPTION_USER, plan->user},      {OPTION_KEY, plan->old_key},
        {OPTION_VERIFY, plan->verify},  {OPTION_TICKET, plan->ticket},
    };
    const char *account = option_string(options, OPTION_EXPECT_ACCOUNT);
    if (account != NULL && strcmp(account, plan->account) != 0)
        return error_set(err, ERROR_ACCOUNT, "account %s is expected, and rotation %s is of account %s",
                         account, id, plan->account);
    if (!source_agrees(options, plan, id, err))
        return false;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        const char *given = option_string(options, words[i].option);
        if (given != NULL && strcmp(given, words[i].planned) != 0)
            return conflict(words[i].option, id, words[i].planned, err);
    }
    if (option_given(options, OPTION_COMPROMISED) && !plan->compromised)
        return conflict(OPTION_COMPROMISED, id, "another order of steps", err);
    int64_t quiet = plan->quiet, soak = plan->soak;
    const char *word = option_string(options, OPTION_PLAN);
    if (word != NULL && !plan_word(word, &quiet, &soak, err))
        return false;
    if (quiet != plan->quiet || soak != plan->soak)
        return conflict(OPTION_PLAN, id, "other waits", err);
    const struct {
        enum option option;
        int64_t planned;
    } times[] = {{OPTION_QUIET, plan->quiet},
                 {OPTION_SOAK, plan->soak},
                 {OPTION_SETTLE, plan->settle},
                 {OPTION_CONSISTENCY, plan->consistency}};
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
        if (option_number(options, times[i].option, times[i].planned) != times[i].planned)
            return conflict(times[i].option, id, "another time", err);
    return lists_agree(options, plan, id, err);
}

void open_print_lines(FILE *stream, const char *lines)
{
    while (*lines != '\0') {
        size_t length = strcspn(lines, "\n");
        if (length > 0)
            print_line(stream, "  %.*s", (int)length, lines);
        lines += length + (lines[length] == '\n');
    }
}
