#include "runner/reveal.h"

struct counting {
    void (*visit)(void *, const struct audit_finding *);
    void *context;
    size_t count;
};

static void count(void *context, const struct audit_finding *finding)
{
    struct counting *counting = context;
    counting->count++;
    counting->visit(counting->context, finding);
}

/* User by user, since there are several checks of which each user has a finding. */
static void tell_users(struct reveal *reveal, const struct inventory *inventory, struct counting *counting)
{
    size_t checks_count, end = inventory_users_settled(inventory);
    const struct facts *facts = inventory_facts(inventory);
    const struct audit_check *checks = audit_checks(&checks_count);
    bool by_user[AUDIT_CHECKS_MAX];
    size_t first = end;
    for (size_t i = 0; i < checks_count; i++) {
        bool begun = reveal->users[i] > 0 || !inventory_settled(inventory, &checks[i]);
        by_user[i] = !reveal->done[i] && begun && inventory_settles_by_user(inventory, &checks[i]);
        if (by_user[i] && reveal->users[i] < first)
            first = reveal->users[i];
    }
    for (size_t user = first; user < end; user++)
        for (size_t i = 0; i < checks_count; i++)
            if (by_user[i] && reveal->users[i] == user) {
                size_t before = counting->count;
                audit_judge_user(facts, &checks[i], user, count, counting);
                reveal->any[i] = reveal->any[i] || counting->count > before;
                reveal->users[i]++;
            }
}

size_t reveal_next(struct reveal *reveal, const struct inventory *inventory,
                   void (*visit)(void *, const struct audit_finding *), void *context)
{
    struct counting counting = {visit, context, 0};
    size_t checks_count;
    const struct audit_check *checks = audit_checks(&checks_count);
    tell_users(reveal, inventory, &counting);
    /* Those of which no user was told: an account without users has one finding of each, too. */
    for (size_t i = 0; i < checks_count; i++)
        if (!reveal->done[i] && !reveal->any[i] && inventory_settled(inventory, &checks[i])) {
            reveal->done[i] = true;
            audit_judge_check(inventory_facts(inventory), &checks[i], count, &counting);
        }
    return counting.count;
}
