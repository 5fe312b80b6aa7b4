/* The core linked whole, with base/ and nothing else: that this program links is the test. */
#include <stdio.h>
#include <string.h>

#include "rotation/event.h"
#include "rotation/rotation.h"

int main(void)
{
    enum event_kind kind;
    bool named = event_kind_from_name("created", &kind) && kind == EVENT_CREATED;
    printf("1..1\n%sok 1 - the core needs base/ alone\n", named ? "" : "not ");
    return 0;
}
