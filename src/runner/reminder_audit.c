/* What an audit tells the reminder. */
#include <stdlib.h>

#include "audit/judge.h"
#include "runner/reminder.h"

void reminder_put_audit(const char *journal, const struct facts *facts)
{
    enum { MAX_AGE = 90 * 86400 };
    size_t room = 0, count = 0;
    for (size_t i = 0; i < facts->user_count; i++)
        room += facts->list[i].key_count;
    struct reminder_key *keys = facts->report.have ? calloc(room + 1, sizeof *keys) : NULL;
    if (keys == NULL)
        return;
    for (size_t i = 0; i < facts->user_count; i++)
        for (size_t j = 0; j < facts->list[i].key_count; j++)
            if (audit_key_due(&facts->list[i].keys[j], facts->now, MAX_AGE))
                keys[count++] = (struct reminder_key){facts->list[i].name, facts->list[i].keys[j].id};
    reminder_put(journal, facts->account, NULL, keys, count);
    free(keys);
}
