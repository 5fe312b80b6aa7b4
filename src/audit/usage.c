#include "audit/usage.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

const char *const usage_never_seen[] = {
    "data events, such as reading objects of S3, messages of SQS or items of DynamoDB, are not in the "
    "event history",
    "sessions that were taken with the key act under key IDs of their own: here only GetSessionToken and "
    "AssumeRole are seen, by which they began",
    "both tell late: CloudTrail of most events within minutes, without a promise, so that the last quarter "
    "of an hour may be missing; the last use may lag by hours",
    "services that do not report to CloudTrail are not seen",
    NULL,
};

void usage_init(struct usage *usage)
{
    *usage = (struct usage){0};
}

void usage_release(struct usage *usage)
{
    free(usage->rows);
    usage_init(usage);
}

/* "s3.amazonaws.com" is s3, as the last use of a key names it; others stay as they are. */
static void name_service(char *to, size_t size, const char *source)
{
    static const char domain[] = ".amazonaws.com";
    size_t length = strlen(source), end = sizeof domain - 1;
    text_copy(to, size, source);
    if (length > end && length < size && strcmp(source + length - end, domain) == 0)
        to[length - end] = '\0';
}

/* FNV-1a over the words and the ends between them. */
static uint32_t mark_of(const struct usage_row *row)
{
    const char *const words[] = {row->service, row->event, row->region, row->source_ip,
                                 row->user_agent};
    uint32_t mark = 2166136261u;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        const char *at = words[i];
        do
            mark = (mark ^ (unsigned char)*at) * 16777619u;
        while (*at++ != '\0');
    }
    return mark;
}

static int compare_words(const struct usage_row *a, const struct usage_row *b)
{
    int order = strcmp(a->service, b->service);
    if (order == 0)
        order = strcmp(a->event, b->event);
    if (order == 0)
        order = strcmp(a->region, b->region);
    if (order == 0)
        order = strcmp(a->source_ip, b->source_ip);
    return order != 0 ? order : strcmp(a->user_agent, b->user_agent);
}

static struct usage_row *find(const struct usage *usage, const struct usage_row *wanted)
{
    for (size_t i = 0; i < usage->count; i++)
        if (usage->rows[i].mark == wanted->mark && compare_words(&usage->rows[i], wanted) == 0)
            return &usage->rows[i];
    return NULL;
}

static bool grow(struct usage *usage, struct error *err)
{
    if (usage->count < usage->capacity)
        return true;
    size_t capacity = usage->capacity == 0 ? 16 : usage->capacity * 2;
    struct usage_row *rows = realloc(usage->rows, capacity * sizeof *rows);
    if (rows == NULL)
        return error_set(err, ERROR_MEMORY, "counting events");
    usage->rows = rows;
    usage->capacity = capacity;
    return true;
}

bool usage_add(struct usage *usage, const struct usage_event *event, struct error *err)
{
    struct usage_row row = {.at = event->at};
    name_service(row.service, sizeof row.service, event->source);
    text_copy(row.event, sizeof row.event, event->event);
    text_copy(row.region, sizeof row.region, event->region);
    text_copy(row.source_ip, sizeof row.source_ip, event->source_ip);
    text_copy(row.user_agent, sizeof row.user_agent, event->user_agent);
    row.mark = mark_of(&row);
    struct usage_row *found = find(usage, &row);
    if (found == NULL && usage->count == USAGE_ROWS_MOST) {
        usage->left_out++;
        return true;
    }
    if (found == NULL) {
        if (!grow(usage, err))
            return false;
        found = &usage->rows[usage->count++];
        *found = row;
    }
    found->at = event->at > found->at ? event->at : found->at;
    found->count++;
    found->refused += event->refused;
    return true;
}

static int compare(const void *one, const void *other)
{
    const struct usage_row *a = one, *b = other;
    if (a->at != b->at)
        return a->at > b->at ? -1 : 1;
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    return compare_words(a, b);
}

void usage_sort(struct usage *usage)
{
    if (usage->count > 1)
        qsort(usage->rows, usage->count, sizeof *usage->rows, compare);
}
