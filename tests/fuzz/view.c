/* From messages and keys to cells. Input: rows, columns, unicode or not, and what the app is told. */
#include "tests/fuzz/screen.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct feed feed = {data, size};
    struct error err = {0};
    struct app app CLEANUP(app_release);
    struct grid grid CLEANUP(grid_release);
    struct wishes wishes;
    bool utf8 = screen_locale();
    int rows = (int)(feed_byte(&feed) % 64) + 1, columns = (int)feed_byte(&feed) + 1;
    bool unicode = feed_byte(&feed) % 4 != 0 && utf8;
    CHECK(app_init(&app, unicode, &err));
    CHECK(grid_init(&grid, rows, columns, unicode, &err));
    app_update(&app,
               &(struct app_message){.kind = TO_APP_SIZE, .rows = rows, .columns = columns},
               &wishes);
    screen_act(&app, &feed);
    view(&app, &grid);
    screen_check_grid(&grid);
    return 0;
}
