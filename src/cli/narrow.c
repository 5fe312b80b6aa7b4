#include "cli/narrow.h"

#include "runner/granted.h"

void narrow_release(struct narrowing *narrowing)
{
    access_release(&narrowing->access);
}

static bool is_good(const struct narrowing *narrowing, struct error *err)
{
    const struct access_selection *selection = &narrowing->selection;
    const char *group = selection->group, *path = selection->path, *tag = selection->tag;
    if (group != NULL && *group == '\0')
        return error_set(err, ERROR_USAGE, "--group takes the name of a group");
    if (path != NULL && *path != '/')
        return error_set(err, ERROR_USAGE, "--path begins with a slash: /ops/");
    if (tag != NULL && (*tag == '\0' || *tag == '='))
        return error_set(err, ERROR_USAGE, "--tag takes KEY or KEY=VALUE");
    return true;
}

bool narrow_init(const struct options *options, struct narrowing *ret_narrowing, struct error *err)
{
    *ret_narrowing = (struct narrowing){.selection = {.group = option_string(options, OPTION_GROUP),
                                                      .path = option_string(options, OPTION_PATH),
                                                      .tag = option_string(options, OPTION_TAG)}};
    const struct access_selection *selection = &ret_narrowing->selection;
    ret_narrowing->wanted =
        selection->group != NULL || selection->path != NULL || selection->tag != NULL;
    if (ret_narrowing->wanted && option_given(options, OPTION_USER))
        return error_set(err, ERROR_USAGE, "--user excludes --group, --path and --tag");
    return is_good(ret_narrowing, err);
}

const struct access_selection *narrow_selection(const struct narrowing *narrowing)
{
    return narrowing->wanted ? &narrowing->selection : NULL;
}

bool narrow_check(const struct narrowing *narrowing, const struct access *access, struct error *err)
{
    const char *group = narrowing->selection.group;
    if (group != NULL && access_holder(access, ACCESS_GROUP, group) == NULL)
        return error_set(err, ERROR_NOT_FOUND, "there is no group '%.128s' in this account", group);
    if (access_count_selected(access, narrow_selection(narrowing)) == 0)
        return error_set(err, ERROR_NOT_FOUND, "--group, --path and --tag leave no user");
    return true;
}

bool narrow_read(struct narrowing *narrowing, struct keeper *keeper, struct error *err)
{
    int64_t date = 0;
    if (!narrowing->wanted)
        return true;
    if (!granted_read(keeper, &narrowing->access, &date, err))
        return error_wrap(err, "who is meant by --group, --path and --tag");
    return narrow_check(narrowing, &narrowing->access, err);
}

static bool wants(void *context, const char *user)
{
    const struct narrowing *narrowing = context;
    return access_selects(&narrowing->access, narrow_selection(narrowing), user);
}

void narrow_survey(struct narrowing *narrowing, struct survey *survey)
{
    if (narrowing->wanted)
        survey_narrow(survey, wants, narrowing);
}
