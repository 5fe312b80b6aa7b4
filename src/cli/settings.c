#include "cli/settings.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/env.h"
#include "base/file.h"
#include "base/safe.h"
#include "base/text.h"

enum { BYTES_MAX = 64 * 1024 };

static const struct {
    enum option option;
    const char *variables;
} table[] = {
#define X(code, variables) {OPTION_##code, variables},
    SETTING_TABLE(X)
#undef X
};

enum { TABLE_COUNT = sizeof table / sizeof table[0] };

/* --- the file ---------------------------------------------------------------------------------- */

static bool find_path(char path[SETTINGS_PATH_SIZE])
{
    const char *folder = getenv("XDG_CONFIG_HOME");
    const char *home;
    int length = -1;
    if (folder != NULL && folder[0] == '/') /* a relative one is to be ignored: XDG */
        length = snprintf(path, SETTINGS_PATH_SIZE, "%s/keywright/config", folder);
    else if ((home = env_home()) != NULL)
        length = snprintf(path, SETTINGS_PATH_SIZE, "%s/.config/keywright/config", home);
    return length > 0 && length < SETTINGS_PATH_SIZE;
}

static bool refuse(const struct settings *settings, struct error *err, const char *why,
                   const char *what)
{
    char shown[300], named[200];
    return error_set(err, ERROR_SETTINGS, "%s: %s%s",
                     safe_copy(shown, sizeof shown, settings->path), why,
                     safe_copy(named, sizeof named, what));
}

/* Only we and root may put something else there. In a folder with the sticky bit others cannot. */
static bool is_ours(const char *path, bool folder)
{
    struct stat about;
    if (stat(path, &about) < 0)
        return false;
    bool loose = (about.st_mode & 022) != 0 && !(folder && (about.st_mode & S_ISVTX) != 0);
    return !loose && (about.st_uid == geteuid() || about.st_uid == 0);
}

static bool check_folder_of(const struct settings *settings, const char *file, struct error *err)
{
    char folder[PATH_MAX];
    text_copy(folder, sizeof folder, file);
    char *slash = strrchr(folder, '/');
    if (slash == NULL || slash == folder)
        return true;
    *slash = '\0';
    return is_ours(folder, true) ||
           refuse(settings, err, "others may write in its folder; chmod go-w ", folder);
}

static bool check_owner(const struct settings *settings, struct error *err)
{
    char file[PATH_MAX];
    if (!file_resolve(settings->path, file, sizeof file, err))
        return false;
    if (!is_ours(file, false))
        return refuse(settings, err,
                      "it has to be yours or root's, and nobody else may write it; chmod go-w ",
                      file);
    return check_folder_of(settings, settings->path, err) && check_folder_of(settings, file, err);
}

static bool read_bytes(struct settings *settings, struct error *err)
{
    struct error why = {0};
    if (!file_read(settings->path, BYTES_MAX, &settings->bytes, &settings->length, &why))
        return refuse(settings, err, "", why.text);
    if (strlen(settings->bytes) != settings->length)
        return refuse(settings, err, "it holds a NUL", "");
    return true;
}

/* --- lines ------------------------------------------------------------------------------------- */

static bool bad_line(const struct settings *settings, int line, struct error *err, const char *why)
{
    char shown[300];
    return error_set(err, ERROR_SETTINGS, "%s, line %d: %s",
                     safe_copy(shown, sizeof shown, settings->path), line, why);
}

static bool settable(enum option option)
{
    for (int i = 0; i < TABLE_COUNT; i++)
        if (table[i].option == option)
            return true;
    return false;
}

static const char *nearest(const char *name)
{
    const char *best = NULL;
    size_t least = strlen(name) / 3 + 2;
    for (int i = 0; i < TABLE_COUNT; i++) {
        const char *known = option_row(table[i].option)->name;
        size_t distance = names_distance(name, known);
        if (distance < least) {
            least = distance;
            best = known;
        }
    }
    return best;
}

static bool find_option(const struct settings *settings, int line, const char *name,
                        enum option *ret_option, struct error *err)
{
    char why[200], shown[60];
    enum option option = option_seek(name);
    if (option < OPTION_COUNT && settable(option)) {
        *ret_option = option;
        return true;
    }
    const char *meant = nearest(name);
    safe_copy(shown, sizeof shown, name);
    if (option < OPTION_COUNT)
        snprintf(why, sizeof why, "'%s' is said on the command line, run by run; it is no setting",
                 shown);
    else if (meant != NULL)
        snprintf(why, sizeof why, "there is no setting '%s'; did you mean '%s'?", shown, meant);
    else
        snprintf(why, sizeof why, "there is no setting '%s'", shown);
    return bad_line(settings, line, err, why);
}

/* What only the command would find later, when the line is forgotten. */
static const char *objection(enum option option, const char *value)
{
    int64_t quiet, soak;
    if (option == OPTION_PLAN && !plan_word(value, &quiet, &soak, NULL))
        return "plan is careful, today or now";
    if (option == OPTION_EXPECT_ACCOUNT && !is_account_id(value))
        return "an account is its ID of twelve digits";
    if (option == OPTION_JOURNAL && value[0] != '/')
        return "the path of the journal begins with /";
    if (option == OPTION_ENDPOINT_URL && strncmp(value, "https://", 8) != 0 &&
        strncmp(value, "http://", 7) != 0)
        return "an endpoint begins with https:// (or, on loopback, http://)";
    if (option == OPTION_REGION &&
        strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(value))
        return "that is not the name of a region";
    return NULL;
}

static bool check_value(const struct settings *settings, struct setting *setting,
                        struct options *seen, struct error *err)
{
    struct error why = {0};
    const struct option_row *row = option_row(setting->option);
    if (row->kind == OPTION_FLAG) {
        setting->off = strcmp(setting->value, "false") == 0;
        if (setting->off || strcmp(setting->value, "true") == 0)
            return true;
        return bad_line(settings, setting->line, err, "it is true or false");
    }
    size_t most = setting->option == OPTION_TO ? TARGETS_MAX : TESTS_MAX;
    if (row->kind == OPTION_LIST && seen->counts[setting->option] >= most)
        return bad_line(settings, setting->line, err, "there are too many of these");
    if (!options_put(seen, setting->option, setting->value, &why))
        return bad_line(settings, setting->line, err, why.text);
    const char *wrong = objection(setting->option, setting->value);
    return wrong == NULL || bad_line(settings, setting->line, err, wrong);
}

static bool is_repeated(const struct settings *settings, enum option option)
{
    for (size_t i = 0; i < settings->count; i++)
        if (settings->list[i].option == option && option_row(option)->kind != OPTION_LIST)
            return true;
    return false;
}

/* Blanks at both ends cut off, in place. */
static char *trim(char *text)
{
    static const char blanks[] = " \t\r";
    text += strspn(text, blanks);
    size_t length = strlen(text);
    while (length > 0 && strchr(blanks, text[length - 1]) != NULL)
        length--;
    text[length] = '\0';
    return text;
}

static bool has_control(const char *text)
{
    for (; *text != '\0'; text++)
        if (((unsigned char)*text < 0x20 && *text != '\t') || *text == 0x7f)
            return true;
    return false;
}

static bool take_line(struct settings *settings, char *text, int line, struct options *seen,
                      struct error *err)
{
    text = trim(text);
    if (text[0] == '\0' || text[0] == '#')
        return true;
    char *equals = strchr(text, '=');
    if (equals == NULL)
        return bad_line(settings, line, err, "a line is 'name = value'");
    if (has_control(text))
        return bad_line(settings, line, err, "there is a control character");
    *equals = '\0';
    char *name = trim(text);
    for (char *at = name; *at != '\0'; at++)
        if (*at == '_')
            *at = '-';
    struct setting setting = {.value = trim(equals + 1), .line = line};
    if (!find_option(settings, line, name, &setting.option, err))
        return false;
    if (is_repeated(settings, setting.option))
        return bad_line(settings, line, err, "this setting was given above already");
    if (settings->count == SETTINGS_MAX)
        return bad_line(settings, line, err, "there are too many settings");
    if (!check_value(settings, &setting, seen, err))
        return false;
    settings->list[settings->count++] = setting;
    return true;
}

static bool take_lines(struct settings *settings, struct error *err)
{
    struct options seen = {0};
    char *at = settings->bytes;
    for (int line = 1; *at != '\0'; line++) {
        char *end = strchr(at, '\n');
        char *next = end != NULL ? end + 1 : at + strlen(at);
        if (end != NULL)
            *end = '\0';
        if (!take_line(settings, at, line, &seen, err))
            return false;
        at = next;
    }
    return true;
}

bool settings_load(struct settings *ret_settings, struct error *err)
{
    struct settings settings = {0};
    struct stat about;
    bool named = find_path(settings.path);
    if (!named || (stat(settings.path, &about) < 0 && (errno == ENOENT || errno == ENOTDIR))) {
        *ret_settings = settings;
        return true;
    }
    settings.exists = true;
    if (!check_owner(&settings, err) || !read_bytes(&settings, err) || !take_lines(&settings, err)) {
        settings_release(&settings);
        return false;
    }
    *ret_settings = settings;
    return true;
}

void settings_release(struct settings *settings)
{
    file_bytes_free(settings->bytes, settings->length);
    settings->bytes = NULL;
    settings->count = 0;
}

/* --- what counts ------------------------------------------------------------------------------- */

/* The name of the first of the variables that is set, "" for none. */
static void variable_that_is_set(const char *variables, char *ret_name, size_t size)
{
    for (; *variables != '\0'; variables += *variables == ' ') {
        size_t length = strcspn(variables, " ");
        snprintf(ret_name, size, "%.*s", (int)length, variables);
        const char *value = getenv(ret_name);
        if (value != NULL && value[0] != '\0')
            return;
        variables += length;
    }
    ret_name[0] = '\0';
}

static void find_beater(struct setting *setting, const struct option_set *on_command_line)
{
    char *to = setting->beaten_by;
    bool waits = setting->option == OPTION_QUIET || setting->option == OPTION_SOAK;
    to[0] = '\0';
    if (on_command_line->has[setting->option])
        text_copy(to, sizeof setting->beaten_by, "the command line");
    else if (waits && on_command_line->has[OPTION_PLAN])
        text_copy(to, sizeof setting->beaten_by, "--plan on the command line");
    for (int i = 0; to[0] == '\0' && i < TABLE_COUNT; i++)
        if (table[i].option == setting->option)
            variable_that_is_set(table[i].variables, to, sizeof setting->beaten_by);
}

void settings_apply(struct settings *settings, const struct option_set *accepted,
                    struct options *options)
{
    const struct option_set on_command_line = options->given;
    for (size_t i = 0; i < settings->count; i++) {
        struct setting *setting = &settings->list[i];
        find_beater(setting, &on_command_line);
        if (setting->beaten_by[0] != '\0' || !accepted->has[setting->option] || setting->off)
            continue;
        /* It was checked when it was read. */
        if (option_row(setting->option)->kind == OPTION_FLAG)
            options->given.has[setting->option] = true;
        else
            (void)!options_put(options, setting->option, setting->value, NULL);
    }
}

const struct setting *settings_source(const struct settings *settings, enum option option)
{
    for (size_t i = 0; i < settings->count; i++)
        if (settings->list[i].option == option && settings->list[i].beaten_by[0] == '\0')
            return &settings->list[i];
    return NULL;
}
