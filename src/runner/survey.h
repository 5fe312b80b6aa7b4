/* Looking without changing: the keys of one user or of all, with their age and last use, as the home
 * screen and `keywright keys` show them. Filled in while the answers come in. */
#ifndef KEYWRIGHT_RUNNER_SURVEY_H
#define KEYWRIGHT_RUNNER_SURVEY_H

#include "base/error.h"
#include "journal/journal.h"
#include "rotation/names.h"
#include "runner/keeper.h"

enum used_state { USED_UNKNOWN, USED_NONE_RECORDED, USED_AT };

struct survey_row {
    char user[USER_SIZE];
    char key[KEY_ID_SIZE];
    enum key_status status;
    int64_t created;
    enum used_state used;
    int64_t used_at;
    char used_service[WORD_SIZE];
    char used_region[WORD_SIZE];
    char rotation[ID_SIZE]; /* "" for none open */
    bool is_signer;         /* the key that we sign with */
};

struct survey;

/* Begin. user NULL: the signer's own; all_users: every user. Borrows keeper and journal (may be NULL:
 * then no rotation column). */
bool survey_begin(struct keeper *keeper, struct journal *journal, const char *user, bool all_users,
                  struct survey **ret_survey, struct error *err) MUST_USE;
/* Do not ask when keys were last used: they stay USED_UNKNOWN. To be called at once. */
void survey_skip_uses(struct survey *survey);
/* Of all users, only those of whom `wants` is true. To be called at once. */
void survey_narrow(struct survey *survey, bool (*wants)(void *context, const char *user),
                   void *context);
void survey_free(struct survey *survey);
bool survey_finished(const struct survey *survey);
/* The first thing that went wrong, or NULL. Rows may be there all the same. */
const struct error *survey_error(const struct survey *survey);
/* Rows so far, ordered by user and creation; the pointer is good until the keeper runs again. */
const struct survey_row *survey_rows(const struct survey *survey, size_t *ret_count);
/* Identity of the signer: "" until known. */
const char *survey_account(const struct survey *survey);
const char *survey_arn(const struct survey *survey);
int64_t survey_skew(const struct survey *survey);

int64_t survey_age_days(const struct survey_row *row, int64_t now);
/* Over max_age seconds old and Active. */
bool survey_due(const struct survey_row *row, int64_t now, int64_t max_age);

#endif
