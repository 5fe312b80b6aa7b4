#include "tui/audit.h"

void audit_stop(struct loop *loop)
{
    static const struct error none = {0};
    if (loop->inventory == NULL)
        return;
    inventory_free(loop->inventory);
    loop->inventory = NULL;
    loop_tell(loop, &(struct app_message){.kind = TO_APP_AUDIT_FAILED, .error = &none});
}
