#include "journal/enrolment.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "base/when.h"

enum { PATH_ROOM = 8192, LINE_ROOM = 4096, FILE_MOST = 4 << 20 };

struct enrolment_log {
    int fd;
    char path[PATH_ROOM];
};

static const struct {
    const char *name;
    bool over;
} steps[] = {
#define X(code, name, over) [ENROLMENT_##code] = {name, over},
    ENROLMENT_TABLE(X)
#undef X
};

/* --- open --------------------------------------------------------------------------------------*/

static bool make_folder(const char *path, struct error *err)
{
    char folder[PATH_ROOM];
    if (!text_copy(folder, sizeof folder, path))
        return error_set(err, ERROR_LIMIT, "a path of more than %d bytes", PATH_ROOM);
    char *slash = strrchr(folder, '/');
    if (slash == NULL || slash == folder)
        return true;
    *slash = '\0';
    return file_make_directory(folder, err);
}

/* What a crash cut short is ended, so that the next line is a line. */
static bool end_last_line(struct enrolment_log *log)
{
    char last = '\n';
    off_t size = lseek(log->fd, 0, SEEK_END);
    if (size <= 0)
        return size == 0;
    return pread(log->fd, &last, 1, size - 1) == 1 &&
           (last == '\n' || write(log->fd, "\n", 1) == 1);
}

bool enrolment_open(const char *journal_path, struct enrolment_log **ret_log, struct error *err)
{
    CLEANUP(enrolment_close) struct enrolment_log *log = calloc(1, sizeof *log);
    if (log == NULL)
        return error_set(err, ERROR_MEMORY, "opening the log of enrolments");
    log->fd = -1;
    if (snprintf(log->path, sizeof log->path, "%s-mfa", journal_path) >= (int)sizeof log->path)
        return error_set(err, ERROR_LIMIT, "a path of more than %d bytes", PATH_ROOM);
    if (!make_folder(log->path, err))
        return false;
    log->fd = open(log->path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (log->fd < 0)
        return error_set_errno(err, errno == EACCES ? ERROR_PERMISSION : ERROR_IO, errno,
                               "opening %s", log->path);
    if (flock(log->fd, LOCK_EX | LOCK_NB) < 0)
        return error_set(err, errno == EWOULDBLOCK ? ERROR_BUSY : ERROR_IO,
                         "another keywright enrols an MFA device: it holds %s", log->path);
    if (!end_last_line(log))
        return error_set_errno(err, ERROR_IO, errno, "reading %s", log->path);
    *ret_log = log;
    log = NULL;
    return true;
}

void enrolment_close(struct enrolment_log **log)
{
    if (*log == NULL)
        return;
    if ((*log)->fd >= 0)
        close((*log)->fd);
    free(*log);
    *log = NULL;
}

/* --- write -------------------------------------------------------------------------------------*/

bool enrolment_note(struct enrolment_log *log, enum enrolment_step step,
                    const struct enrolment *enrolment, int64_t at, struct error *err)
{
    char time[WHEN_TEXT_SIZE], line[LINE_ROOM];
    const char *const members[][2] = {{"at", when_format(at, time)},
                                      {"step", steps[step].name},
                                      {"account", enrolment->account},
                                      {"user", enrolment->user},
                                      {"serial", enrolment->serial},
                                      {"actor", enrolment->actor}};
    struct json_object *object = json_object_new_object();
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        json_object_object_add(object, members[i][0], json_object_new_string(members[i][1]));
    const char *text = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN);
    int length = text != NULL ? snprintf(line, sizeof line, "%s\n", text) : -1;
    json_object_put(object);
    if (length < 0 || length >= (int)sizeof line)
        return error_set(err, ERROR_MEMORY, "writing %s", log->path);
    ssize_t written = write(log->fd, line, (size_t)length);
    if (written == length && fsync(log->fd) == 0)
        return true;
    int sys = written < 0 || written == length ? errno : ENOSPC;
    return error_set_errno(err, sys == ENOSPC ? ERROR_JOURNAL_FULL : ERROR_IO, sys, "writing %s",
                           log->path);
}

/* --- read --------------------------------------------------------------------------------------*/

struct left {
    const char *account;
    char (*serials)[ENROLMENT_SERIAL_SIZE];
    size_t count, room;
};

static const char *member(struct json_object *object, const char *name)
{
    struct json_object *value = NULL;
    if (!json_object_object_get_ex(object, name, &value) ||
        !json_object_is_type(value, json_type_string))
        return "";
    return json_object_get_string(value);
}

static void forget(struct left *left, const char *serial)
{
    for (size_t i = 0; i < left->count; i++) {
        if (strcmp(left->serials[i], serial) != 0)
            continue;
        memmove(left->serials[i], left->serials[i + 1],
                (left->count - i - 1) * sizeof left->serials[0]);
        left->count--;
        return;
    }
}

static void fold_line(struct left *left, struct json_object *object)
{
    const char *serial = member(object, "serial"), *step = member(object, "step");
    if (serial[0] == '\0' || strcmp(member(object, "account"), left->account) != 0)
        return;
    forget(left, serial);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        if (strcmp(steps[i].name, step) == 0 && !steps[i].over && left->count < left->room)
            text_copy(left->serials[left->count++], ENROLMENT_SERIAL_SIZE, serial);
}

bool enrolment_left(struct enrolment_log *log, const char *account,
                    char (*ret_serials)[ENROLMENT_SERIAL_SIZE], size_t room, size_t *ret_count,
                    struct error *err)
{
    char *bytes = NULL;
    size_t length = 0;
    struct left left = {.account = account, .serials = ret_serials, .room = room};
    if (!file_read(log->path, FILE_MOST, &bytes, &length, err))
        return false;
    for (char *line = bytes, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        *end = '\0';
        struct json_object *object = json_tokener_parse(line);
        if (object != NULL && json_object_is_type(object, json_type_object))
            fold_line(&left, object);
        json_object_put(object);
    }
    file_bytes_free(bytes, length);
    *ret_count = left.count;
    return true;
}
