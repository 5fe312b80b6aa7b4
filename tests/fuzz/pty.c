/* pty [-p] ROWS COLUMNS KEYS WORD COMMAND...: runs the command on a pseudo-terminal with a strict terminal
 * at its other end (terminal.h); with -p nothing but text and line ends may come at all. Each key is sent
 * when WORD was seen and nothing has come for a while ("\e" for Esc, "\r" for Enter, "\t" for Tab). Ends with 1 when
 * something came that should not, or WORD was never on the screen, and prints what. */
#include "config.h"

#include <errno.h>
#include <locale.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/when.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/terminal.h"

enum { IDLE_MS = 200, PATIENCE_MS = 15 * 1000, LONGEST_MS = 60 * 1000 };

static struct terminal terminal;

static bool shows(const char *word)
{
    char row[TERMINAL_COLUMNS_MAX + 1];
    for (int i = 0; i < terminal.rows; i++) {
        for (int k = 0; k < terminal.columns; k++) {
            uint32_t point = terminal.cells[i][k].points[0];
            row[k] = point > 0 && point < 0x7f ? (char)point : '?';
        }
        row[terminal.columns] = '\0';
        if (strstr(row, word) != NULL)
            return true;
    }
    return false;
}

static void print_screen(void)
{
    for (int i = 0; i < terminal.rows; i++) {
        for (int k = 0; k < terminal.columns; k++) {
            uint32_t point = terminal.cells[i][k].points[0];
            putchar(point > 0 && point < 0x7f ? (int)point : '?');
        }
        putchar('\n');
    }
}

static bool is_plain(const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)bytes[i] < 0x20 && bytes[i] != '\r' && bytes[i] != '\n')
            return false;
    return true;
}

/* The next key of `keys`, or none. */
static void press(int master, const char **keys)
{
    char key = **keys;
    if (key == '\0')
        return;
    if (key == '\\' && (*keys)[1] != '\0') {
        ++*keys;
        key = **keys == 'e' ? '\033' : **keys == 'r' ? '\r' : **keys == 't' ? '\t' : **keys;
    }
    ++*keys;
    (void)!write(master, &key, 1);
}

struct watch {
    int master;
    const char *keys, *word;
    bool plain, seen;
    size_t bytes;
};

/* Until the other end is closed. False when something came that should not, or it took too long. */
static bool watch(struct watch *watch)
{
    int64_t begun = when_monotonic_ms();
    char bytes[4096];
    for (;;) {
        struct pollfd line = {.fd = watch->master, .events = POLLIN};
        int ready = poll(&line, 1, IDLE_MS);
        if (when_monotonic_ms() - begun > LONGEST_MS) {
            printf("it did not end in %d s\n", LONGEST_MS / 1000);
            return false;
        }
        if (ready == 0 && (watch->seen || when_monotonic_ms() - begun > PATIENCE_MS))
            press(watch->master, &watch->keys);
        if (ready <= 0)
            continue;
        ssize_t got = read(watch->master, bytes, sizeof bytes);
        if (got <= 0)
            return true;
        watch->bytes += (size_t)got;
        terminal_write(&terminal, bytes, (size_t)got);
        watch->seen = watch->seen || shows(watch->word);
        if (watch->plain && !is_plain(bytes, (size_t)got)) {
            puts("a control that is no line end");
            return false;
        }
        if (terminal.complaint[0] != '\0') {
            printf("the terminal got %s\n", terminal.complaint);
            return false;
        }
    }
}

int main(int argc, char **argv)
{
    bool plain = argc > 1 && strcmp(argv[1], "-p") == 0;
    char **arguments = argv + 1 + plain;
    if (argc - plain < 6 || setlocale(LC_CTYPE, "") == NULL)
        return 2;
    struct winsize size = {.ws_row = (unsigned short)atoi(arguments[0]),
                           .ws_col = (unsigned short)atoi(arguments[1])};
    if (size.ws_row < 1 || size.ws_row > TERMINAL_ROWS_MAX || size.ws_col < 1 ||
        size.ws_col > TERMINAL_COLUMNS_MAX)
        return 2;
    struct watch state = {.keys = arguments[2], .word = arguments[3], .plain = plain};
    terminal_init(&terminal, size.ws_row, size.ws_col);
    pid_t child = forkpty(&state.master, NULL, NULL, &size);
    if (child < 0)
        return 77;
    if (child == 0) {
        execv(arguments[4], arguments + 4);
        _exit(127);
    }
    bool good = watch(&state);
    if (!good)
        kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    if (good && !state.seen)
        printf("'%s' was never on the screen\n", state.word);
    if (!good || !state.seen)
        print_screen();
    printf("%zu bytes, status %d\n", state.bytes, WIFEXITED(status) ? WEXITSTATUS(status) : -1);
    return good && state.seen ? 0 : 1;
}
