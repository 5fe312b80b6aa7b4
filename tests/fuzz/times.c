/* Times, HTTP dates and durations. Input: a line each. */
#include <string.h>

#include "base/when.h"
#include "tests/fuzz/fuzz.h"

static void check_time(const char *string)
{
    int64_t time = -7, again = -7;
    char shown[WHEN_TEXT_SIZE], basic[WHEN_TEXT_SIZE];
    struct error err = {0};
    if (!when_parse(string, &time, &err)) {
        fuzz_check_error(&err);
        CHECK(time == -7);
        return;
    }
    when_format(time, shown);
    when_format_basic(time, basic);
    CHECK((shown[0] == '\0') == (time == 0)); /* what was read can be written */
    if (time == 0)
        return;
    CHECK(strlen(shown) == 20 && strlen(basic) == 16);
    CHECK(when_parse(shown, &again, &err) && again == time);
    CHECK(when_parse(basic, &again, &err) && again == time);
}

static void check_http_date(const char *string)
{
    int64_t time = -7;
    char shown[WHEN_TEXT_SIZE];
    struct error err = {0};
    if (!when_parse_http(string, &time, &err)) {
        fuzz_check_error(&err);
        CHECK(time == -7);
        return;
    }
    CHECK((when_format(time, shown)[0] == '\0') == (time == 0));
    /* IMF-fixdate has one form, of 29 characters. */
    CHECK(strlen(string) == 29 && strcmp(string + 25, " GMT") == 0);
}

static void check_duration(const char *string)
{
    int64_t seconds = -7;
    char shown[DURATION_TEXT_SIZE];
    struct error err = {0};
    if (!duration_parse(string, &seconds, &err)) {
        fuzz_check_error(&err);
        CHECK(seconds == -7);
        return;
    }
    CHECK(seconds >= 0 && seconds <= INT64_C(100) * 366 * 86400);
    CHECK(strspn(string, "0123456789") >= strlen(string) - 1);
    duration_format(seconds, shown);
    CHECK(shown[0] != '\0' && strlen(shown) < sizeof shown);
    /* A single unit reads back; what is smaller than the next one was left out. */
    if (strchr(shown, ' ') == NULL) {
        int64_t again;
        CHECK(duration_parse(shown, &again, &err) && again <= seconds && seconds - again < 3600);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct feed feed = {data, size};
    char line[128];
    for (int count = 0; feed.left > 0 && count < 64; count++) {
        feed_line(&feed, line, sizeof line);
        check_time(line);
        check_http_date(line);
        check_duration(line);
    }
    int64_t number = 0;
    char buffer[WHEN_TEXT_SIZE];
    memcpy(&number, data, size < sizeof number ? size : sizeof number);
    CHECK(strlen(when_format(number, buffer)) < sizeof buffer);
    CHECK(strlen(duration_format(number, buffer)) < sizeof buffer);
    return 0;
}
