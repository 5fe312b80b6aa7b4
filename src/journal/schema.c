#include "journal/schema.h"

#include <string.h>

/* Made of data/journal-1.sql. */
static const char version_1[] =
#include "data/journal-1.h"
    ;
/* And of data/journal-2.sql. */
static const char version_2[] =
#include "data/journal-2.h"
    ;

bool schema_knows(const char *sql)
{
    for (size_t i = 0; i < schema_version; i++)
        if (strstr(schema_migrations[i], sql) != NULL)
            return true;
    return false;
}

const char *const schema_migrations[] = {version_1, version_2};
const size_t schema_version = sizeof schema_migrations / sizeof schema_migrations[0];
