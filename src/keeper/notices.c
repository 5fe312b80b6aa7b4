#include "keeper/notices.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/safe.h"
#include "base/text.h"
#include "wire/message.h"

static bool is_secret(void *context, const char *type, const char *name, const char *key,
                      const char *value, int line)
{
    (void)type, (void)name, (void)value, (void)line;
    bool *found = context;
    *found = *found || strcmp(key, "aws_secret_access_key") == 0;
    return !*found;
}

bool notices_loose_mode(const struct profile_file *file, unsigned *ret_mode)
{
    struct stat status;
    bool holds_secret = false;
    if (stat(profile_file_path(file), &status) < 0)
        return false;
    bool visited = profile_file_visit(file, is_secret, &holds_secret);
    (void)visited;
    *ret_mode = (unsigned)(status.st_mode & 07777);
    return (status.st_mode & (holds_secret ? 077 : 022)) != 0;
}

void notices_add_file(const struct profile_file *file, struct json_object *list)
{
    char shown[600], line[700];
    unsigned mode = 0;
    if (!profile_file_exists(file))
        return;
    if (notices_loose_mode(file, &mode)) {
        snprintf(line, sizeof line, "%s is open to others (mode %04o); make it 0600 with chmod",
                 safe_copy(shown, sizeof shown, profile_file_path(file)), mode);
        body_append(list, json_object_new_string(line));
    }
    CLEANUP(text_release) struct text lines;
    text_init(&lines, 64 * 1024);
    profile_file_warnings(file, &lines);
    char *rest = NULL;
    for (char *at = lines.length > 0 ? strtok_r(lines.bytes, "\n", &rest) : NULL; at != NULL;
         at = strtok_r(NULL, "\n", &rest))
        body_append(list, json_object_new_string(at));
}

void notices_add_files(const struct profile_set *files, struct json_object *list)
{
    for (int kind = PROFILE_CREDENTIALS_FILE; kind <= PROFILE_CONFIG_FILE; kind++)
        notices_add_file(profile_set_file(files, (enum profile_file_kind)kind), list);
}
