#include "runner/pace.h"

enum { FIRST_MS = 1000, LONGEST_MS = 32000 };

void pace_init(struct pace *pace)
{
    *pace = (struct pace){.room = PACE_MOST};
}

void pace_pass(struct pace *pace)
{
    pace->refused = 0;
    if (++pace->passed < pace->room || pace->room == PACE_MOST)
        return;
    pace->passed = 0;
    pace->room++;
}

/* What was in flight when the first one was refused is refused with it: that counts once. */
bool pace_refuse(struct pace *pace, int64_t now)
{
    if (now < pace->until)
        return true;
    if (pace->refused == PACE_REFUSED_MOST)
        return false;
    int64_t wait = (int64_t)FIRST_MS << pace->refused++;
    pace->until = now + (wait < LONGEST_MS ? wait : LONGEST_MS);
    pace->room = pace->room > 1 ? pace->room / 2 : 1;
    pace->passed = 0;
    return true;
}

bool pace_allows(const struct pace *pace, size_t in_flight, int64_t now)
{
    return now >= pace->until && in_flight < pace->room;
}
