#include "practice/home.h"

#include <stdio.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/text.h"

enum { FILE_MAXIMUM = 16 * 1024, PATH_SIZE = 4096 };

static void pair(struct text *text, const struct home_pair *held)
{
    text_appendf(text, "aws_access_key_id = %s\naws_secret_access_key = %s\n", held->key_id,
                 held->secret);
}

static void credentials(struct text *text, const struct home *home)
{
    text_appendf(text,
                 "# Made by keywright-practice. These keys are of a simulated account and open\n"
                 "# nothing but %s\n\n[default]\n# the key of %s\n",
                 home->endpoint, home->user);
    pair(text, &home->key);
    text_append(text, "\n# The nightly back-up uses the same key, as happens.\n[backup-job]\n");
    pair(text, &home->key);
    if (home->second.key_id[0] != '\0') {
        text_append(text, "\n[second]\n");
        pair(text, &home->second);
    }
    text_append(text, "\n; an administrator of the account\n[admin]\n");
    pair(text, &home->admin);
}

static void profile(struct text *text, const struct home *home, const char *section)
{
    text_appendf(text, "[%s]\nregion = us-east-1\nendpoint_url = %s\n", section, home->endpoint);
}

static void config(struct text *text, const struct home *home)
{
    text_append(text, "# Made by keywright-practice.\n");
    profile(text, home, "default");
    if (home->mfa_serial[0] != '\0')
        text_appendf(text, "mfa_serial = %s\n", home->mfa_serial);
    text_append(text, "\n");
    profile(text, home, "profile backup-job");
    if (home->second.key_id[0] != '\0') {
        text_append(text, "\n");
        profile(text, home, "profile second");
    }
    text_append(text, "\n");
    profile(text, home, "profile admin");
    text_append(text, "\n");
    profile(text, home, "profile rotation-role");
    text_appendf(text, "role_arn = %s\nsource_profile = default\n", home->role_arn);
    if (home->mfa_serial[0] != '\0')
        text_appendf(text, "mfa_serial = %s\n", home->mfa_serial);
}

static bool write_file(const struct home *home, const char *directory, const char *name,
                       void (*fill)(struct text *text, const struct home *home), struct error *err)
{
    char path[PATH_SIZE];
    struct text CLEANUP(text_release) text;
    text_init(&text, FILE_MAXIMUM);
    fill(&text, home);
    snprintf(path, sizeof path, "%s/.aws/%s", directory, name);
    return text_ok(&text, err) && file_create_private(path, text.bytes, text.length, err);
}

bool home_write(const struct home *home, const char *directory, struct error *err)
{
    char path[PATH_SIZE];
    struct stat there;
    if ((size_t)snprintf(path, sizeof path, "%s/.aws", directory) + 16 >= sizeof path)
        return error_set(err, ERROR_LIMIT, "a path of more than %d bytes", PATH_SIZE);
    if (lstat(path, &there) == 0)
        return error_set(err, ERROR_CHANGED, "%s is there already and is left alone", path);
    return file_make_directory(path, err) &&
           write_file(home, directory, "credentials", credentials, err) &&
           write_file(home, directory, "config", config, err);
}
