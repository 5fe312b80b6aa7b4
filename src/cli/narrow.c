#include "cli/narrow.h"

#include "audit/meant.h"
#include "runner/granted.h"

void narrow_release(struct narrowing *narrowing)
{
    access_release(&narrowing->access);
}

bool narrow_init(const struct options *options, struct narrowing *ret_narrowing, struct error *err)
{
    *ret_narrowing = (struct narrowing){.selection = {.group = option_string(options, OPTION_GROUP),
                                                      .path = option_string(options, OPTION_PATH),
                                                      .tag = option_string(options, OPTION_TAG)}};
    const struct access_selection *selection = &ret_narrowing->selection;
    ret_narrowing->wanted = !meant_everybody(selection);
    if (ret_narrowing->wanted && option_given(options, OPTION_USER))
        return error_set(err, ERROR_USAGE, "--user excludes --group, --path and --tag");
    return meant_is_good(selection, err);
}

const struct access_selection *narrow_selection(const struct narrowing *narrowing)
{
    return narrowing->wanted ? &narrowing->selection : NULL;
}

bool narrow_read(struct narrowing *narrowing, struct keeper *keeper, struct error *err)
{
    int64_t date = 0;
    if (!narrowing->wanted)
        return true;
    if (!granted_read(keeper, &narrowing->access, &date, err))
        return error_wrap(err, "who is meant by --group, --path and --tag");
    return meant_exists(&narrowing->access, narrow_selection(narrowing), err);
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
