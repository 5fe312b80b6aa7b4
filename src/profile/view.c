#include "profile/parts.h"

#include <stdlib.h>
#include <string.h>

bool profile_file_overridden(const struct profile_file *file, const struct section *section)
{
    if (file->kind != PROFILE_CONFIG_FILE || section->prefixed ||
        strcmp(section->name, "default") != 0)
        return false;
    for (size_t i = 0; i < file->section_count; i++) {
        const struct section *other = &file->sections[i];
        if (other->type == SECTION_PROFILE && other->prefixed &&
            strcmp(other->name, "default") == 0)
            return true;
    }
    return false;
}

static bool section_is(const struct profile_file *file, const struct section *section,
                       enum section_type type, const char *name)
{
    return section->type == type && strcmp(section->name, name) == 0 &&
           !profile_file_overridden(file, section);
}

const struct property *profile_file_property(const struct profile_file *file,
                                             enum section_type type, const char *name,
                                             const char *key)
{
    for (size_t i = file->property_count; i-- > 0;) {
        const struct property *property = &file->properties[i];
        if (strcmp(property->key, key) == 0 &&
            section_is(file, &file->sections[property->section], type, name))
            return property;
    }
    return NULL;
}

bool profile_file_has_profile(const struct profile_file *file, const char *name)
{
    for (size_t i = 0; i < file->section_count; i++)
        if (section_is(file, &file->sections[i], SECTION_PROFILE, name))
            return true;
    return false;
}

/* --- visiting ----------------------------------------------------------------------------------*/

static const char *type_name(enum section_type type)
{
    switch (type) {
    case SECTION_PROFILE:
        return "profile";
    case SECTION_SSO_SESSION:
        return "sso-session";
    case SECTION_SERVICES:
        return "services";
    case SECTION_IGNORED:
        break;
    }
    return "";
}

static bool seen_before(const struct profile_file *file, size_t index)
{
    const struct section *section = &file->sections[index];
    for (size_t i = 0; i < index; i++)
        if (section_is(file, &file->sections[i], section->type, section->name))
            return true;
    return false;
}

bool profile_file_visit(const struct profile_file *file,
                        bool (*visit)(void *context, const char *type, const char *name,
                                      const char *key, const char *value, int line),
                        void *context)
{
    for (size_t i = 0; i < file->section_count; i++) {
        const struct section *section = &file->sections[i];
        if (section->type == SECTION_IGNORED || !section->shared ||
            profile_file_overridden(file, section) || seen_before(file, i))
            continue;
        const char *type = type_name(section->type);
        if (!visit(context, type, section->name, "", "", section->line))
            return false;
        for (size_t p = 0; p < file->property_count; p++) {
            const struct property *property = &file->properties[p];
            if (property->named &&
                profile_file_property(file, section->type, section->name, property->key) ==
                    property &&
                !visit(context, type, section->name, property->key, property->value,
                       property->line))
                return false;
        }
    }
    return true;
}

void profile_file_visit_each(const struct profile_file *file, const char *key,
                             void (*visit)(void *context, const char *profile, const char *value, int line),
                             void *context)
{
    for (size_t i = 0; i < file->property_count; i++) {
        const struct property *property = &file->properties[i];
        const struct section *section = &file->sections[property->section];
        if (property->named && section->type == SECTION_PROFILE && strcmp(property->key, key) == 0)
            visit(context, section->name, property->value, property->line);
    }
}

/* --- pairs -------------------------------------------------------------------------------------*/

struct group {
    const struct profile_file *file;
    const struct section *section; /* one of them */
    const char *key_id;
    size_t ids;
    size_t secrets;
    bool alone; /* no other key ID in it */
};

static bool in_group(const struct group *group, const struct property *property)
{
    const struct section *section = &group->file->sections[property->section];
    return section->type == SECTION_PROFILE && section->prefixed == group->section->prefixed &&
           strcmp(section->name, group->section->name) == 0;
}

static bool is_id(const struct property *property)
{
    return strcmp(property->key, "aws_access_key_id") == 0;
}

static bool is_secret(const struct property *property)
{
    return strcmp(property->key, "aws_secret_access_key") == 0;
}

static bool is_token(const struct property *property)
{
    return strcmp(property->key, "aws_session_token") == 0 ||
           strcmp(property->key, "aws_security_token") == 0;
}

static const struct property *nth_secret(const struct group *group, size_t n)
{
    for (size_t i = 0; i < group->file->property_count; i++) {
        const struct property *property = &group->file->properties[i];
        if (in_group(group, property) && is_secret(property) && n-- == 0)
            return property;
    }
    return NULL;
}

static void mark_group(const struct group *group, enum mark *marks)
{
    const struct profile_file *file = group->file;
    bool all = group->ids != group->secrets && group->alone;
    size_t nth = 0;
    for (size_t i = 0; i < file->property_count; i++) {
        const struct property *property = &file->properties[i];
        if (!in_group(group, property))
            continue;
        if (all && is_secret(property) && property->value[0] != '\0')
            marks[i] = MARK_SECRET;
        if (!is_id(property))
            continue;
        const struct property *secret = nth_secret(group, all ? group->secrets - 1 : nth);
        nth++;
        if (strcmp(property->value, group->key_id) != 0)
            continue;
        bool told = all ? group->secrets > 0 : group->ids == group->secrets;
        bool whole = told && secret != NULL && secret->value[0] != '\0';
        marks[i] = whole ? MARK_KEY_ID : MARK_HALF;
        if (whole)
            marks[secret - file->properties] = MARK_SECRET;
    }
}

static void mark_tokens(const struct profile_file *file, enum mark *marks)
{
    for (size_t i = 0; i < file->property_count; i++) {
        if (!is_token(&file->properties[i]))
            continue;
        bool ours = false;
        bool other = false;
        for (size_t k = 0; k < file->property_count; k++) {
            if (file->properties[k].section != file->properties[i].section)
                continue;
            ours = ours || marks[k] == MARK_KEY_ID || marks[k] == MARK_SECRET;
            other = other || (is_id(&file->properties[k]) && marks[k] != MARK_KEY_ID);
        }
        if (ours && !other)
            marks[i] = MARK_TOKEN;
    }
}

static void mark_pairs(const struct profile_file *file, const char *key_id,
                       const char *only_profile, enum mark *marks)
{
    for (size_t i = 0; i < file->property_count; i++) {
        const struct property *property = &file->properties[i];
        const struct section *section = &file->sections[property->section];
        if (marks[i] != MARK_NONE || section->type != SECTION_PROFILE || !is_id(property) ||
            strcmp(property->value, key_id) != 0 ||
            (only_profile != NULL && strcmp(section->name, only_profile) != 0))
            continue;
        struct group group = {.file = file, .section = section, .key_id = key_id, .alone = true};
        for (size_t k = 0; k < file->property_count; k++) {
            if (!in_group(&group, &file->properties[k]))
                continue;
            group.ids += is_id(&file->properties[k]);
            group.secrets += is_secret(&file->properties[k]);
            if (is_id(&file->properties[k]) && strcmp(file->properties[k].value, key_id) != 0)
                group.alone = false;
        }
        mark_group(&group, marks);
    }
    mark_tokens(file, marks);
}

enum mark *profile_mark_pairs(const struct profile_file *file, const char *key_id,
                              const char *only_profile)
{
    enum mark *marks = calloc(file->property_count + 1, sizeof *marks);
    if (marks != NULL)
        mark_pairs(file, key_id, only_profile, marks);
    return marks;
}

size_t profile_file_find_key(const struct profile_file *file, const char *key_id,
                             struct profile_place *ret_places, size_t room)
{
    enum mark *marks = file->scratch;
    size_t count = 0;
    memset(marks, 0, (file->property_count + 1) * sizeof *marks);
    mark_pairs(file, key_id, NULL, marks);
    for (size_t i = 0; i < file->property_count; i++) {
        if (marks[i] != MARK_KEY_ID && marks[i] != MARK_HALF)
            continue;
        if (count < room) {
            struct profile_place place = {.line = file->properties[i].line,
                                          .has_secret = marks[i] == MARK_KEY_ID};
            text_copy(place.profile, sizeof place.profile,
                      file->sections[file->properties[i].section].name);
            ret_places[count] = place;
        }
        count++;
    }
    return count;
}

size_t profile_file_count_key(const struct profile_file *file, const char *key_id,
                              const char *profile)
{
    size_t count = 0;
    profile_file_find_key(file, key_id, NULL, 0); /* leaves its marks */
    for (size_t i = 0; i < file->property_count; i++)
        count += (file->scratch[i] == MARK_KEY_ID || file->scratch[i] == MARK_HALF) &&
                 strcmp(file->sections[file->properties[i].section].name, profile) == 0;
    return count;
}

static bool copy_pair(const char *key_id, const struct property *secret,
                      struct credentials *ret_pair, struct error *err)
{
    struct credentials pair;
    credentials_init(&pair);
    if (!text_copy(pair.key_id, sizeof pair.key_id, key_id))
        return error_set(err, ERROR_LIMIT, "an access key ID of more than %zu characters",
                         sizeof pair.key_id - 1);
    if (!secret_new(secret->value, strlen(secret->value), &pair.secret, err))
        return false;
    *ret_pair = pair;
    return true;
}

bool profile_file_read_pair(const struct profile_file *file, const char *key_id,
                            struct credentials *ret_pair, struct error *err)
{
    return profile_file_read_pair_in(file, key_id, NULL, ret_pair, err);
}

bool profile_file_read_pair_in(const struct profile_file *file, const char *key_id,
                               const char *only_profile, struct credentials *ret_pair,
                               struct error *err)
{
    char shown[SHOWN_SIZE];
    profile_show(shown, file->path);
    enum mark *marks = profile_mark_pairs(file, key_id, only_profile);
    if (marks == NULL)
        return error_set(err, ERROR_MEMORY, "no room to look through %s", shown);
    const struct property *half = NULL;
    const struct property *secret = NULL;
    for (size_t i = file->property_count; i-- > 0;) {
        half = marks[i] == MARK_HALF ? &file->properties[i] : half;
        secret = marks[i] == MARK_SECRET ? &file->properties[i] : secret;
    }
    free(marks);
    char key[SHOWN_SIZE];
    profile_show(key, key_id);
    if (secret != NULL)
        return copy_pair(key_id, secret, ret_pair, err);
    if (half != NULL)
        return error_set(err, ERROR_PAIR_HALF, "%s line %d: no secret stands with %s", shown,
                         half->line, key);
    return error_set(err, ERROR_NOT_FOUND, "%s does not hold %s", shown, key);
}
