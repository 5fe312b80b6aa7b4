#define _GNU_SOURCE
#include "tests/secrets/needles.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { SECRETS_MAX = 64, SECRET_MAX = 4096, TABLE = 1 << 18, FILTER_BITS = 1 << 22, LONGEST = 32 };

struct needle {
    uint64_t first; /* eight bytes */
    unsigned char bytes[LONGEST];
    unsigned char length;
    unsigned char secret;
    unsigned short of;
    const char *form;
    uint32_t next; /* with the same first bytes; 0: none */
};

struct secret_line {
    char name[64];
    unsigned char bytes[SECRET_MAX];
    size_t length;
};

struct needles {
    const char *path;
    off_t size; /* of the file when it was read */
    size_t secret_count;
    struct secret_line secrets[SECRETS_MAX];
    struct needle *list; /* from 1 */
    uint32_t count, room;
    uint32_t table[TABLE]; /* open addressing by the first eight bytes; 0: free */
    uint64_t filter[FILTER_BITS / 64];
};

static uint64_t load(const unsigned char *bytes)
{
    uint64_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

static uint64_t mix(uint64_t value)
{
    return value * UINT64_C(0x9e3779b97f4a7c15);
}

static bool in_filter(const struct needles *needles, uint64_t mixed)
{
    uint64_t bit = mixed >> 42;
    return needles->filter[bit / 64] >> (bit % 64) & 1;
}

/* --- forms -------------------------------------------------------------------------------------*/

/* Those letters of the window's base64 that depend on no other byte: ten, wherever it begins. The
 * alphabet for URLs differs in two letters, which base64 of what is itself base64 (as secrets and
 * tokens of AWS are) never has. */
static size_t base64(const unsigned char *from, int skipped_bits, unsigned char *to)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t length = 0;
    for (int bit = skipped_bits; bit + 6 <= 8 * NEEDLES_WINDOW; bit += 6) {
        unsigned both = from[bit / 8] << 8;
        if (bit / 8 + 1 < NEEDLES_WINDOW)
            both |= from[bit / 8 + 1];
        to[length++] = (unsigned char)letters[both >> (10 - bit % 8) & 63];
    }
    return length;
}

static size_t hex(const unsigned char *from, const char *digits, unsigned char *to)
{
    for (size_t i = 0; i < NEEDLES_WINDOW; i++) {
        to[2 * i] = (unsigned char)digits[from[i] >> 4];
        to[2 * i + 1] = (unsigned char)digits[from[i] & 15];
    }
    return 2 * (size_t)NEEDLES_WINDOW;
}

static bool unreserved(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("-_.~", c) != NULL);
}

static size_t percent(const unsigned char *from, const char *digits, unsigned char *to)
{
    size_t length = 0;
    for (size_t i = 0; i < NEEDLES_WINDOW; i++) {
        if (unreserved(from[i])) {
            to[length++] = from[i];
            continue;
        }
        to[length++] = '%';
        to[length++] = (unsigned char)digits[from[i] >> 4];
        to[length++] = (unsigned char)digits[from[i] & 15];
    }
    return length;
}

static size_t json(const unsigned char *from, unsigned char *to)
{
    size_t length = 0;
    for (size_t i = 0; i < NEEDLES_WINDOW; i++) {
        if (from[i] == '/')
            to[length++] = '\\';
        to[length++] = from[i];
    }
    return length;
}

static size_t wide(const unsigned char *from, size_t size, size_t place, unsigned char *to)
{
    memset(to, 0, size * NEEDLES_WINDOW);
    for (size_t i = 0; i < NEEDLES_WINDOW; i++)
        to[i * size + place] = from[i];
    return size * NEEDLES_WINDOW;
}

enum form {
    RAW,
    BASE64_0,
    BASE64_1,
    BASE64_2,
    PERCENT,
    PERCENT_SMALL,
    JSON,
    HEX,
    HEX_LARGE,
    UTF16LE,
    UTF16BE,
    UTF32LE,
    UTF32BE,
    FORMS
};

static const char *const names[FORMS] = {
    "raw", "base64/0",  "base64/1", "base64/2", "percent",  "percent-small", "json",
    "hex", "hex-large", "utf-16le", "utf-16be", "utf-32le", "utf-32be"};

/* The alignment of a run changes from window to window. */
static const char *shown_as(enum form form)
{
    return form == BASE64_0 || form == BASE64_1 || form == BASE64_2 ? "base64" : names[form];
}

static size_t write_form(enum form form, const unsigned char *from, unsigned char to[LONGEST])
{
    static const char small[] = "0123456789abcdef", large[] = "0123456789ABCDEF";
    static const int skipped[3] = {0, 4, 2};
    switch (form) {
    case RAW:
        memcpy(to, from, NEEDLES_WINDOW);
        return NEEDLES_WINDOW;
    case BASE64_0:
    case BASE64_1:
    case BASE64_2:
        return base64(from, skipped[form - BASE64_0], to);
    case PERCENT:
        return percent(from, large, to);
    case PERCENT_SMALL:
        return percent(from, small, to);
    case JSON:
        return json(from, to);
    case HEX:
        return hex(from, small, to);
    case HEX_LARGE:
        return hex(from, large, to);
    case UTF16LE:
        return wide(from, 2, 0, to);
    case UTF16BE:
        return wide(from, 2, 1, to);
    case UTF32LE:
        return wide(from, 4, 0, to);
    case UTF32BE:
        return wide(from, 4, 3, to);
    case FORMS:
        break;
    }
    return 0;
}

/* --- the set -----------------------------------------------------------------------------------*/

static uint32_t *place_of(struct needles *needles, uint64_t first)
{
    for (uint64_t at = mix(first) >> 46;; at++) {
        uint32_t *place = &needles->table[at % TABLE];
        if (*place == 0 || needles->list[*place].first == first)
            return place;
    }
}

static bool known(const struct needles *needles, uint32_t chain, const struct needle *needle)
{
    for (; chain != 0; chain = needles->list[chain].next)
        if (needles->list[chain].length == needle->length &&
            memcmp(needles->list[chain].bytes, needle->bytes, needle->length) == 0)
            return true;
    return false;
}

static void add(struct needles *needles, struct needle *needle)
{
    needle->first = load(needle->bytes);
    uint32_t *place = place_of(needles, needle->first);
    if (known(needles, *place, needle))
        return;
    if (needles->count + 1 >= needles->room || needles->count > TABLE / 2) {
        fputs("scan: too many secrets\n", stderr);
        exit(2);
    }
    needle->next = *place;
    needles->list[++needles->count] = *needle;
    *place = needles->count;
    uint64_t bit = mix(needle->first) >> 42;
    needles->filter[bit / 64] |= UINT64_C(1) << (bit % 64);
}

static void add_secret(struct needles *needles, size_t index)
{
    const struct secret_line *secret = &needles->secrets[index];
    for (int form = 0; form < FORMS; form++)
        for (size_t at = 0; at + NEEDLES_WINDOW <= secret->length; at++) {
            struct needle needle = {.secret = (unsigned char)index,
                                    .of = (unsigned short)at,
                                    .form = shown_as((enum form)form)};
            needle.length =
                (unsigned char)write_form((enum form)form, secret->bytes + at, needle.bytes);
            add(needles, &needle);
        }
}

static bool take_line(struct needles *needles, char *line)
{
    line[strcspn(line, "\r\n")] = '\0';
    char *space = strchr(line, ' ');
    if (line[0] == '\0' || line[0] == '#')
        return true;
    size_t length = space != NULL ? strlen(space + 1) : 0;
    if (length < NEEDLES_WINDOW || length > SECRET_MAX || needles->secret_count == SECRETS_MAX)
        return false;
    struct secret_line *secret = &needles->secrets[needles->secret_count++];
    *space = '\0';
    size_t named = strlen(line) < sizeof secret->name ? strlen(line) : sizeof secret->name - 1;
    memcpy(secret->name, line, named);
    memcpy(secret->bytes, space + 1, length);
    secret->length = length;
    return true;
}

/* Fill empty needles. */
static bool fill(struct needles *needles)
{
    char line[SECRET_MAX + 128], buffer[BUFSIZ];
    struct stat status;
    FILE *file = fopen(needles->path, "re");
    bool good = file != NULL && fstat(fileno(file), &status) == 0;
    if (good) {
        needles->size = status.st_size;
        setvbuf(file, buffer, _IOFBF, sizeof buffer);
    }
    while (good && fgets(line, sizeof line, file) != NULL)
        good = take_line(needles, line);
    if (file != NULL)
        fclose(file);
    explicit_bzero(line, sizeof line);
    explicit_bzero(buffer, sizeof buffer);
    for (size_t i = 0; i < needles->secret_count; i++)
        needles->room += (uint32_t)(FORMS * needles->secrets[i].length);
    needles->room += 2;
    needles->list = calloc(needles->room, sizeof *needles->list);
    if (!good || needles->secret_count == 0 || needles->list == NULL)
        return false;
    for (size_t i = 0; i < needles->secret_count; i++)
        add_secret(needles, i);
    return true;
}

struct needles *needles_read(const char *path)
{
    struct needles *needles = calloc(1, sizeof *needles);
    if (needles == NULL)
        exit(2);
    needles->path = path;
    if (fill(needles))
        return needles;
    fprintf(stderr, "scan: %s has no secrets in lines NAME SECRET\n", path);
    return NULL;
}

void needles_refresh(struct needles *needles)
{
    struct stat status;
    if (stat(needles->path, &status) == 0 && status.st_size == needles->size)
        return;
    const char *path = needles->path;
    free(needles->list);
    memset(needles, 0, sizeof *needles);
    needles->path = path;
    if (!fill(needles)) {
        fprintf(stderr, "scan: %s cannot be read again\n", path);
        exit(2);
    }
}

/* --- searching ---------------------------------------------------------------------------------*/

static const struct needle *match(const struct needles *needles, const unsigned char *bytes,
                                  size_t left)
{
    uint64_t first = load(bytes);
    uint64_t mixed = mix(first);
    if (!in_filter(needles, mixed))
        return NULL;
    uint32_t at = *place_of((struct needles *)(uintptr_t)needles, first);
    for (; at != 0; at = needles->list[at].next) {
        const struct needle *needle = &needles->list[at];
        if (needle->length <= left && memcmp(bytes, needle->bytes, needle->length) == 0)
            return needle;
    }
    return NULL;
}

void needles_search(const struct needles *needles, const unsigned char *bytes, size_t length,
                    void (*tell)(void *context, const struct hit *hit), void *context)
{
    struct hit run = {.name = NULL};
    for (size_t at = 0; at + NEEDLES_WINDOW <= length; at++) {
        const struct needle *needle = match(needles, bytes + at, length - at);
        if (needle == NULL)
            continue;
        const char *name = needles->secrets[needle->secret].name;
        if (run.name == name && run.form == needle->form && at <= run.at + run.length) {
            run.length = at + needle->length - run.at;
            continue;
        }
        if (run.name != NULL)
            tell(context, &run);
        run = (struct hit){name, needle->form, at, needle->length, needle->of};
    }
    if (run.name != NULL)
        tell(context, &run);
}

size_t needles_form(const struct needles *needles, size_t i, const char *form,
                    unsigned char *ret_bytes, size_t room)
{
    int number = 0;
    while (number < FORMS && strcmp(names[number], form) != 0)
        number++;
    if (number == FORMS || i >= needles->secret_count)
        return 0;
    /* Whole windows, one after another, are enough for what a control has to hold. */
    const struct secret_line *secret = &needles->secrets[i];
    size_t length = 0;
    for (size_t at = 0; at + NEEDLES_WINDOW <= secret->length; at += NEEDLES_WINDOW)
        if (length + LONGEST <= room)
            length += write_form((enum form)number, secret->bytes + at, ret_bytes + length);
    return length;
}

void needles_forget(struct needles *needles)
{
    explicit_bzero(needles->list, needles->room * sizeof *needles->list);
    free(needles->list);
    explicit_bzero(needles, sizeof *needles);
    free(needles);
}
