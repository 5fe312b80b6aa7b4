#include "runner/inventory_inside.h"

#include <stdlib.h>

#include "base/when.h"

static void drop_held(struct inventory *inventory)
{
    while (inventory->held != NULL) {
        struct looking *looking = inventory->held;
        inventory->held = looking->next;
        free(looking);
    }
}

void inventory_destroy(struct inventory *inventory)
{
    drop_held(inventory);
    facts_release(&inventory->facts);
    text_release(&inventory->base64);
    text_release(&inventory->csv);
    free(inventory);
}

void inventory_say(const struct inventory *inventory, const char *what)
{
    if (inventory->say != NULL)
        inventory->say(inventory->say_context, what);
}

void inventory_end(struct inventory *inventory, const struct error *failure)
{
    if (!inventory->over && failure != NULL)
        inventory->failure = *failure;
    inventory->over = true;
    inventory->wake = -1;
}

bool inventory_arrived(struct inventory *inventory)
{
    inventory->in_flight--;
    if (!inventory->left)
        return !inventory->over;
    if (inventory->in_flight == 0)
        inventory_destroy(inventory);
    return false;
}

bool inventory_throttled(struct pace *pace, const struct error *err)
{
    if (err == NULL || err->code != ERROR_THROTTLED) {
        pace_pass(pace);
        return false;
    }
    return pace_refuse(pace, when_monotonic_ms());
}

void inventory_wake_at(struct inventory *inventory, int64_t when, int64_t now)
{
    if (when > now && (inventory->wake < 0 || when < inventory->wake))
        inventory->wake = when;
}
