#include "keeper/showing.h"

#include "base/text.h"
#include "keeper/screen.h"

enum { MINUTE_MS = 60 * 1000, READY_MINUTES = 10, SHOWN_MINUTES = 3 };

bool showing_possible(const struct context *context, struct error *err)
{
    if (context->screen != NULL)
        return true;
    return error_set(
        err, ERROR_WAITING,
        "the new secret is to be shown to somebody: resume on a terminal, without --yes "
        "and --json");
}

static void answer(struct request *request, bool good, const struct error *err)
{
    int64_t date = context_server_now(request->context);
    if (!good) {
        request_fail(request, err, date);
        return;
    }
    body_set_string(request->reply, "place", "");
    body_set_number(request->reply, "date", date);
    request_reply(request);
}

static void ended(void *context, enum screen_end end, bool shown)
{
    struct request *request = context;
    struct error err = {0};
    if (!shown && end == SCREEN_LOST)
        error_set(&err, ERROR_IO, "the terminal was lost; nothing was shown");
    else if (!shown)
        error_set(&err, ERROR_WAITING, "the new secret was not shown%s; nobody has it yet",
                  end == SCREEN_UNANSWERED ? ": nobody said to be ready" : "");
    answer(request, shown, &err);
}

static bool begin(struct request *request, const struct deliver_request *target,
                  const struct credentials *pair, struct error *err)
{
    CLEANUP(text_release) struct text ready;
    CLEANUP(secret_cleanup) struct secret *page = NULL;
    text_init(&ready, 4096);
    if (!showing_possible(request->context, err) ||
        !deliver_show_ready(target, SHOWN_MINUTES, &ready, err) ||
        !deliver_show_page(target, pair, &page, err))
        return false;
    const struct screen_pages pages = {
        .ready = ready.bytes,
        .ready_ms = (int64_t)READY_MINUTES * MINUTE_MS,
        .secret = page,
        .shown_ms = (int64_t)SHOWN_MINUTES * MINUTE_MS,
    };
    return screen_begin(request->context->screen, &pages, ended, request, err);
}

void showing_start(struct request *request, const struct deliver_request *target,
                   struct credentials *pair)
{
    struct error err = {0};
    bool begun = begin(request, target, pair, &err);
    credentials_release(pair);
    if (!begun)
        answer(request, false, &err);
}
