#include "config.h"

#include "runner/allow.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/alternate.h"
#include "base/show.h"
#include "base/text.h"
#include "base/words.h"

bool allow_can_ask(const char *command, struct error *err)
{
    char **words = NULL;
    struct error why = {0};
    if (!words_split(command, &words, &why))
        return error_set(err, ERROR_USAGE, "command: %s", why.text);
    words_free(words);
    CLEANUP(text_release) struct text safe;
    text_init(&safe, 16 * 1024);
    text_append_safe(&safe, command);
    if (!text_ok(&safe, err))
        return false;
    return strcmp(safe.bytes, command) == 0 ||
           error_set(err, ERROR_USAGE, "the command has characters that cannot be shown; "
                                       "name it with --to before the screen is opened");
}

/* The command stands last, so that no command is so long that its beginning leaves the screen. */
static bool put_page(int terminal, const char *command)
{
    CLEANUP(text_release) struct text page;
    text_init(&page, 32 * 1024);
    text_append(&page, "A command was typed on the screen. With the new key it is run, without a\n"
                       "shell, outside of the sandbox, and gets the key and its secret on its\n"
                       "standard input.\n\n");
    show_append(&page, command);
    text_append(&page, "\n\nMay it be run?  y: yes   any other key: no\n");
    return text_ok(&page, NULL) && alternate_write(terminal, page.bytes, page.length);
}

static bool is_yes(int terminal, int socket)
{
    struct pollfd lines[] = {{.fd = terminal, .events = POLLIN}, {.fd = socket, .events = POLLIN}};
    while (poll(lines, 2, -1) < 0)
        if (errno != EINTR)
            return false;
    char keys[64];
    if (lines[1].revents != 0)
        return false;
    /* One key: what was pasted, or is the sequence of an arrow, is another answer. */
    return read(terminal, keys, sizeof keys) == 1 && (keys[0] == 'y' || keys[0] == 'Y');
}

bool allow_ask(int terminal, int socket, const char *command)
{
    struct alternate_modes before;
    if (!alternate_enter(terminal, &before))
        return false;
    bool yes = put_page(terminal, command) && is_yes(terminal, socket);
    alternate_leave(terminal, &before);
    return yes;
}
