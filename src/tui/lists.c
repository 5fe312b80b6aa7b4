#include "tui/lists.h"

/* A page in the making: one row more than wanted is looked at, to know whether there is one. */
struct page {
    struct loop *loop;
    enum message_to_app kind;
    size_t limit, count;
    bool more;
};

static bool take_rotation(void *context, int64_t number, const struct rotation_row *row)
{
    struct page *page = context;
    if (page->count++ == page->limit) {
        page->more = true;
        return false;
    }
    loop_tell(page->loop, &(struct app_message){.kind = page->kind, .row = row, .number = number});
    return true;
}

void lists_open(struct loop *loop)
{
    struct error err = {0};
    struct page page = {.loop = loop, .kind = TO_APP_OPEN_ROW, .limit = OPEN_ROWS_MAX};
    struct rotation_filter filter = {.open_only = true, .limit = OPEN_ROWS_MAX};
    loop_tell(loop, &(struct app_message){.kind = TO_APP_OPEN_BEGIN});
    if (!journal_rotations(loop->journal, &filter, take_rotation, &page, &err))
        loop_notice_error(loop, &err);
}

void lists_history(struct loop *loop, const struct wish *wish)
{
    struct error err = {0};
    struct page page = {.loop = loop, .kind = TO_APP_HISTORY_ROW, .limit = wish->limit};
    struct rotation_filter filter = {.text = wish->text[0] != '\0' ? wish->text : NULL,
                                     .before_number = wish->number,
                                     .limit = wish->limit + 1};
    loop_tell(loop, &(struct app_message){.kind = TO_APP_HISTORY_BEGIN});
    bool good = journal_rotations(loop->journal, &filter, take_rotation, &page, &err);
    loop_tell(loop, &(struct app_message){.kind = TO_APP_HISTORY_END,
                                          .flag = page.more,
                                          .error = good ? NULL : &err});
}

static bool take_event(void *context, const char *id, const struct event *event, const char *detail,
                       const char *hash)
{
    (void)id, (void)detail;
    struct page *page = context;
    if (page->count++ == page->limit) {
        page->more = true;
        return false;
    }
    loop_tell(page->loop,
              &(struct app_message){.kind = page->kind, .event = event, .text = hash});
    return true;
}

void lists_events(struct loop *loop, const struct wish *wish)
{
    struct error err = {0};
    struct page page = {.loop = loop, .kind = TO_APP_EVENTS_ROW, .limit = wish->limit};
    loop_tell(loop, &(struct app_message){.kind = TO_APP_EVENTS_BEGIN});
    bool good = journal_events(loop->journal, wish->id, wish->number, take_event, &page, &err);
    loop_tell(loop, &(struct app_message){.kind = TO_APP_EVENTS_END,
                                          .flag = page.more,
                                          .error = good ? NULL : &err});
}

void lists_recent(struct loop *loop, const char *id, int64_t last_seq)
{
    struct error err = {0};
    struct page page = {.loop = loop, .kind = TO_APP_EVENT, .limit = LINES_MAX};
    int64_t after = last_seq > LINES_MAX ? last_seq - LINES_MAX : 0;
    if (!journal_events(loop->journal, id, after, take_event, &page, &err))
        loop_notice_error(loop, &err);
}
