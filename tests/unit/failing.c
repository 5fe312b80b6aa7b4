#include "failing.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static struct {
    enum failing kind;
    int left, how;
    bool and_on;
    const char *failed;
} armed;
static bool random_is_zero;

void failing_begin(enum failing kind, int nth, int how, bool and_on)
{
    armed.kind = kind;
    armed.left = nth;
    armed.how = how;
    armed.and_on = and_on;
    armed.failed = NULL;
}

const char *failing_end(void)
{
    armed.kind = FAILING_NOTHING;
    return armed.failed;
}

void failing_random_is_zero(bool zero)
{
    random_is_zero = zero;
}

static bool due(enum failing kind, const char *name)
{
    if (armed.kind != kind || (armed.left <= 0 && !armed.and_on) || --armed.left > 0)
        return false;
    armed.failed = name;
    if (kind == FAILING_SYSTEM)
        errno = armed.how;
    return true;
}

/* `NAME`, as `TYPE __wrap_NAME PARAMETERS`: `failure` when it is due, else the real one. */
#define WRAP(kind, type, name, parameters, arguments, failure)                                     \
    type __real_##name parameters;                                                                 \
    type __wrap_##name parameters;                                                                 \
    type __wrap_##name parameters                                                                  \
    {                                                                                              \
        return due(kind, #name) ? (failure) : __real_##name arguments;                             \
    }

/* --- memory ------------------------------------------------------------------------------------*/

WRAP(FAILING_MEMORY, void *, malloc, (size_t size), (size), NULL)
WRAP(FAILING_MEMORY, void *, calloc, (size_t count, size_t size), (count, size), NULL)
WRAP(FAILING_MEMORY, void *, realloc, (void *memory, size_t size), (memory, size), NULL)
WRAP(FAILING_MEMORY, char *, strdup, (const char *string), (string), NULL)
WRAP(FAILING_MEMORY, struct json_tokener *, json_tokener_new_ex, (int depth), (depth), NULL)
WRAP(FAILING_MEMORY, struct json_object *, json_object_new_object, (void), (), NULL)
WRAP(FAILING_MEMORY, struct json_object *, json_object_new_array, (void), (), NULL)
WRAP(FAILING_MEMORY, struct json_object *, json_object_new_string, (const char *string), (string), NULL)
WRAP(FAILING_MEMORY, struct json_object *, json_object_new_int64, (int64_t number), (number), NULL)
WRAP(FAILING_MEMORY, struct json_object *, json_object_new_boolean, (json_bool yes), (yes), NULL)
WRAP(FAILING_MEMORY, int, json_object_object_add,
     (struct json_object * object, const char *name, struct json_object *value),
     (object, name, value), -1)
WRAP(FAILING_MEMORY, int, json_object_array_add,
     (struct json_object * array, struct json_object *value), (array, value), -1)
WRAP(FAILING_MEMORY, void *, CRYPTO_secure_zalloc, (size_t size, const char *file, int line),
     (size, file, line), NULL)

/* --- SQLite ------------------------------------------------------------------------------------*/

WRAP(FAILING_DATABASE, int, sqlite3_prepare_v2,
     (sqlite3 * db, const char *sql, int length, sqlite3_stmt **statement, const char **tail),
     (db, sql, length, statement, tail), armed.how)
WRAP(FAILING_DATABASE, int, sqlite3_prepare_v3,
     (sqlite3 * db, const char *sql, int length, unsigned flags, sqlite3_stmt **statement,
      const char **tail),
     (db, sql, length, flags, statement, tail), armed.how)
WRAP(FAILING_DATABASE, int, sqlite3_step, (sqlite3_stmt * statement), (statement), armed.how)
WRAP(FAILING_DATABASE, int, sqlite3_exec,
     (sqlite3 * db, const char *sql, int (*row)(void *, int, char **, char **), void *context,
      char **said),
     (db, sql, row, context, said), armed.how)
WRAP(FAILING_DATABASE, int, sqlite3_backup_finish, (sqlite3_backup * backup), (backup),
     (__real_sqlite3_backup_finish(backup), armed.how))
WRAP(FAILING_DATABASE, sqlite3_backup *, sqlite3_backup_init,
     (sqlite3 * to, const char *to_name, sqlite3 *from, const char *from_name),
     (to, to_name, from, from_name),
     __real_sqlite3_backup_init(to, to_name, to, from_name)) /* which it refuses */
/* No connection at all, as when there is no memory for it. */
WRAP(FAILING_DATABASE, int, sqlite3_open, (const char *name, sqlite3 **db), (name, db),
     (*db = NULL, armed.how))
WRAP(FAILING_DATABASE, int, sqlite3_open_v2,
     (const char *name, sqlite3 **db, int flags, const char *vfs), (name, db, flags, vfs),
     (*db = NULL, armed.how))

/* --- the system --------------------------------------------------------------------------------*/

WRAP(FAILING_SYSTEM, int, stat, (const char *path, struct stat *status), (path, status), -1)
WRAP(FAILING_SYSTEM, int, access, (const char *path, int mode), (path, mode), -1)
WRAP(FAILING_SYSTEM, int, mkdir, (const char *path, mode_t mode), (path, mode), -1)

ssize_t __real_getrandom(void *bytes, size_t size, unsigned flags);
ssize_t __wrap_getrandom(void *bytes, size_t size, unsigned flags);
ssize_t __wrap_getrandom(void *bytes, size_t size, unsigned flags)
{
    if (due(FAILING_SYSTEM, "getrandom"))
        return -1;
    if (!random_is_zero)
        return __real_getrandom(bytes, size, flags);
    memset(bytes, 0, size);
    return (ssize_t)size;
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    mode_t mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
    va_end(more);
    return due(FAILING_SYSTEM, "open") ? -1 : __real_open(path, flags, mode);
}

int __real_fcntl(int fd, int command, ...);
int __wrap_fcntl(int fd, int command, ...);
int __wrap_fcntl(int fd, int command, ...)
{
    va_list more;
    va_start(more, command);
    void *argument = va_arg(more, void *);
    va_end(more);
    return due(FAILING_SYSTEM, "fcntl") ? -1 : __real_fcntl(fd, command, argument);
}

/* Nobody waits here. */
int __wrap_nanosleep(const struct timespec *time, struct timespec *rest);
int __wrap_nanosleep(const struct timespec *time, struct timespec *rest)
{
    (void)time;
    (void)rest;
    return 0;
}
