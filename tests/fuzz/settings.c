/* The settings file: its bytes, as they are. Each line that is neither blank nor a comment becomes one
 * setting, in its order, with the value that stands there; or the error names a line. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/settings.h"
#include "tests/fuzz/fuzz.h"

static char folder[256], file[300];

static void remove_folder(void)
{
    unlink(file);
    rmdir(folder);
}

/* A folder for it, and no variable that could beat a setting. */
static void make_folder(void)
{
    const char *directory = fuzz_directory();
    CHECK(clearenv() == 0 && setenv("XDG_CONFIG_HOME", directory, 1) == 0);
    snprintf(folder, sizeof folder, "%s/keywright", directory);
    snprintf(file, sizeof file, "%s/config", folder);
    CHECK(mkdir(folder, 0700) == 0);
    atexit(remove_folder);
}

static void put(const uint8_t *data, size_t size)
{
    if (file[0] == '\0')
        make_folder();
    int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    CHECK(fd >= 0 && write(fd, data, size) == (ssize_t)size && close(fd) == 0);
}

/* What stands right of the first '=' of a line, without blanks at its ends. */
static void value_of(const char *line, size_t length, char *to, size_t size)
{
    const char *from = memchr(line, '=', length), *end = line + length;
    CHECK(from != NULL);
    for (from++; from < end && strchr(" \t\r", *from) != NULL; from++)
        ;
    for (; end > from && strchr(" \t\r", end[-1]) != NULL; end--)
        ;
    snprintf(to, size, "%.*s", (int)(end - from), from);
}

static void check_lines(const struct settings *settings, const uint8_t *data, size_t size)
{
    const char *at = (const char *)data, *end = at + size;
    static char value[1 << 16];
    size_t count = 0;
    for (int line = 1; at < end; line++) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t length = (size_t)((stop != NULL ? stop : end) - at);
        size_t blanks = 0;
        while (blanks < length && strchr(" \t\r", at[blanks]) != NULL)
            blanks++;
        if (blanks < length && at[blanks] != '#') {
            CHECK(count < settings->count);
            const struct setting *setting = &settings->list[count++];
            value_of(at, length, value, sizeof value);
            CHECK(setting->line == line && strcmp(setting->value, value) == 0);
        }
        at += length + 1;
    }
    CHECK(count == settings->count);
}

static void check_options(struct settings *settings)
{
    struct options options = {0};
    struct option_set all;
    for (int i = 0; i < OPTION_COUNT; i++)
        all.has[i] = true;
    settings_apply(settings, &all, &options);
    for (size_t i = 0; i < settings->count; i++) {
        const struct setting *setting = &settings->list[i];
        CHECK(setting->beaten_by[0] == '\0' && settings_source(settings, setting->option) != NULL);
        CHECK(option_given(&options, setting->option) == !setting->off);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct settings settings;
    struct error err = {0};
    put(data, size);
    if (settings_load(&settings, &err)) {
        CHECK(settings.exists && memchr(data, '\0', size) == NULL);
        check_lines(&settings, data, size);
        check_options(&settings);
        settings_release(&settings);
    } else {
        fuzz_check_error(&err);
        CHECK(err.code == ERROR_SETTINGS && strstr(err.text, "/keywright/config") != NULL);
    }
    return 0;
}
