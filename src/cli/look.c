#include "cli/look.h"

#include "cli/mfa.h"

static bool survey(const struct look *look, struct survey **ret_survey, struct error *err)
{
    struct survey *survey = NULL;
    if (!narrow_read(look->narrowing, look->keeper, err) ||
        !survey_begin(look->keeper, look->journal, look->user, look->all_users || look->narrowing->wanted, &survey, err))
        return false;
    narrow_survey(look->narrowing, survey);
    if (look->skip_uses)
        survey_skip_uses(survey);
    *ret_survey = survey;
    if (!keeper_drain(look->keeper, err))
        return false;
    const struct error *failure = survey_error(survey);
    if (failure != NULL)
        *err = *failure;
    return failure == NULL;
}

bool look_at_keys(const struct look *look, struct survey **ret_survey, struct error *err)
{
    struct error denial = {0};
    *ret_survey = NULL;
    if (survey(look, ret_survey, &denial))
        return true;
    if (!mfa_look_again(look->cli, look->keeper, &denial, err))
        return false;
    survey_free(*ret_survey);
    *ret_survey = NULL;
    return survey(look, ret_survey, err);
}
