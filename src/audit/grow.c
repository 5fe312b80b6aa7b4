#include "audit/grow.h"

#include <stdlib.h>

void *audit_grown(void *array, size_t *room, size_t count, size_t size, struct error *err)
{
    if (count < *room)
        return array;
    size_t more = *room == 0 ? 4 : *room * 2;
    void *larger = realloc(array, more * size);
    if (larger == NULL)
        error_set(err, ERROR_MEMORY, "gathering what an audit needs");
    else
        *room = more;
    return larger;
}
