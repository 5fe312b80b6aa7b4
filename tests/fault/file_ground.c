#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/guarded.h"
#include "file_ground.h"

char ground_folder[64];
char ground_path[128];
char ground_link[128];
char ground_other[128];

int ground_set_up(void **state)
{
    (void)state;
    umask(022);
    strcpy(ground_folder, "/tmp/keywright-calls-XXXXXX");
    if (mkdtemp(ground_folder) == NULL)
        return -1;
    snprintf(ground_path, sizeof ground_path, "%s/credentials", ground_folder);
    snprintf(ground_link, sizeof ground_link, "%s/link", ground_folder);
    snprintf(ground_other, sizeof ground_other, "%s/editors-own", ground_folder);
    return symlink("credentials", ground_link);
}

int ground_tear_down(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", ground_folder);
    return system(command);
}

void ground_put_as(const char *name, const char *content, size_t length, uid_t owner)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, length), length);
    if (geteuid() == 0)
        assert_int_equal(fchown(fd, owner, GROUND_GROUP), 0);
    assert_int_equal(fchmod(fd, GROUND_MODE), 0);
    close(fd);
}

void ground_put(const char *name, const char *content)
{
    ground_put_as(name, content, strlen(content), geteuid());
}

void ground_read(const char *name, char content[GROUND_SMALL])
{
    int fd = open(name, O_RDONLY | O_NOFOLLOW);
    ssize_t length = fd < 0 ? -1 : read(fd, content, GROUND_SMALL - 1);
    if (length < 0)
        fail_msg("%s: %s", name, strerror(errno));
    content[length] = '\0';
    close(fd);
}

bool ground_holds(const char *name, const char *content)
{
    char there[GROUND_SMALL];
    ground_read(name, there);
    return strcmp(there, content) == 0;
}

int ground_entries(const char *beginning, bool remove)
{
    DIR *directory = opendir(ground_folder);
    assert_non_null(directory);
    int count = 0;
    const struct dirent *entry;
    while ((entry = readdir(directory)) != NULL)
        if (strncmp(entry->d_name, beginning, strlen(beginning)) == 0) {
            count++;
            if (remove)
                assert_int_equal(unlinkat(dirfd(directory), entry->d_name, 0), 0);
        }
    closedir(directory);
    return count;
}

bool ground_merge(void *context, const char *now, size_t length, char **ret_bytes,
                  size_t *ret_length, struct error *err)
{
    (void)context;
    if (length < 5 || strcmp(now + length - 4, ":old") != 0)
        return error_set(err, ERROR_TARGET, "there is no old in it");
    char *bytes = guarded_new(length + 1);
    if (bytes == NULL)
        return error_set(err, ERROR_MEMORY, "no room to merge");
    *ret_bytes = bytes;
    *ret_length = (size_t)snprintf(bytes, length + 1, "%.*s:new", (int)length - 4, now);
    return true;
}

bool ground_replace(struct error *err)
{
    return file_replace(ground_path, "1:old", 5, "1:new", 5, ground_merge, NULL, err);
}

void ground_clean(void)
{
    ground_entries(HIDDEN, true);
    ground_entries(KEPT, true);
    unlink(ground_path);
}
