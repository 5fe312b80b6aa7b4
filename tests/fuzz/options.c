/* The command line: all of argv, plan words, overrides, target specs, commands split into words, heads
 * of a journal. Input: an argument a line. */
#include <stdlib.h>
#include <string.h>

#include "aws/endpoint.h"
#include "base/words.h"
#include "cli/cli.h"
#include "deliver/deliver.h"
#include "tests/fuzz/fuzz.h"

enum { WORDS_MAX = 24, WORD_BYTES = 1200 };

static bool from_argv(const char *string, char **argv, int argc)
{
    for (int i = 0; i < argc; i++)
        if (string >= argv[i] && string <= argv[i] + strlen(argv[i]))
            return true;
    return string == NULL;
}

static void check_options(const struct options *options, char **argv, int argc)
{
    for (int i = 0; i < OPTION_COUNT; i++) {
        enum option option = (enum option)i;
        const struct option_row *row = option_row(option);
        bool given = option_given(options, option);
        CHECK(given == options->given.has[i]);
        CHECK(from_argv(options->strings[i], argv, argc));
        CHECK(options->counts[i] <= LIST_MAX);
        for (size_t k = 0; k < options->counts[i]; k++)
            CHECK(from_argv(options->lists[i][k], argv, argc) &&
                  strlen(options->lists[i][k]) <= row->longest);
        if (!given)
            CHECK(options->strings[i] == NULL && options->counts[i] == 0);
        if (row->kind == OPTION_STRING && given)
            CHECK(strlen(option_string(options, option)) <= row->longest);
        if (row->kind == OPTION_DURATION && given)
            CHECK(options->numbers[i] >= 0);
        if (row->kind == OPTION_NUMBER && given)
            CHECK(options->numbers[i] >= 0 && options->numbers[i] <= 65535 &&
                  options->strings[i][strspn(options->strings[i], "0123456789")] == '\0');
    }
    CHECK(options->argument_count <= ARGUMENTS_MAX);
    for (size_t i = 0; i < options->argument_count; i++)
        CHECK(options->arguments[i] != NULL && from_argv(options->arguments[i], argv, argc));
    CHECK(from_argv(options->command, argv, argc));
    const struct command *command =
        options->command != NULL ? command_seek(options->command) : NULL;
    struct error err = {0};
    if (command != NULL && !options_accept(options, command->name, &command->accepts, &err))
        fuzz_check_error(&err);
    else if (command != NULL)
        for (int i = 0; i < OPTION_COUNT; i++)
            CHECK(!options->given.has[i] || command->accepts.has[i] || i == OPTION_HELP || i == OPTION_VERSION);
}

static void check_word(const char *word)
{
    struct error err = {0};
    int64_t quiet = -1, soak = -1;
    enum gate_id gate = GATE_COUNT;
    const char *reason = NULL;
    bool readable = false;
    char **words = NULL;
    if (plan_word(word, &quiet, &soak, &err))
        CHECK(quiet >= 0 && soak >= 0);
    else
        fuzz_check_error(&err);
    if (override_parse(word, &gate, &reason, &err))
        CHECK(gate < GATE_COUNT && gate_overridable(gate) && reason[0] != '\0' &&
              strcmp(reason, word + strlen(gate_name(gate)) + 1) == 0);
    else
        fuzz_check_error(&err);
    if (deliver_describe(word, &readable, &err))
        CHECK(readable == (strncmp(word, "file:", 5) == 0) &&
              (strchr(word, ':') != NULL || strcmp(word, "show") == 0));
    else
        fuzz_check_error(&err);
    if (words_split(word, &words, &err)) {
        size_t total = 0, count = 0;
        for (; words[count] != NULL; count++)
            total += strlen(words[count]);
        CHECK(count > 0 && total <= strlen(word));
        /* Words of no quote, blank or backslash come back as they were. */
        if (strpbrk(word, " \t\r\n'\"\\") == NULL)
            CHECK(count == 1 && strcmp(words[0], word) == 0);
        words_free(words);
    } else {
        fuzz_check_error(&err);
    }
}

static void check_endpoint(const char *region, const char *url)
{
    struct aws_endpoint endpoint;
    struct error err = {0};
    for (int i = 0; i < 8; i++) {
        bool custom = (i & 4) != 0;
        if (!aws_endpoint_resolve(i % 2 == 0 ? AWS_IAM : AWS_STS, region, (i & 2) != 0 && !custom,
                                  false, custom ? url : NULL, &endpoint, &err)) {
            fuzz_check_error(&err);
            continue;
        }
        /* Never in the clear beyond this computer. */
        CHECK(strncmp(endpoint.url, "https://", 8) == 0 ||
              strncmp(endpoint.url, "http://127.", 11) == 0 ||
              strncmp(endpoint.url, "http://localhost", 16) == 0 ||
              strncmp(endpoint.url, "http://[::1]", 12) == 0);
        CHECK(endpoint.signing_region[0] != '\0');
    }
    CHECK(strncmp(aws_partition(region), "aws", 3) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct feed feed = {data, size};
    static char storage[WORDS_MAX][WORD_BYTES];
    char *argv[WORDS_MAX + 1] = {NULL};
    int argc = 0;
    argv[argc++] = strcpy(storage[0], "keywright");
    while (feed.left > 0 && argc < WORDS_MAX) {
        argv[argc] = feed_line(&feed, storage[argc], WORD_BYTES);
        argc++;
    }
    struct options options;
    struct error err = {0};
    if (options_parse(argc, argv, &options, &err)) {
        check_options(&options, argv, argc);
    } else {
        fuzz_check_error(&err);
        CHECK(err.code == ERROR_USAGE);
    }
    for (int i = 1; i < argc; i++)
        check_word(argv[i]);
    if (argc > 2)
        check_endpoint(argv[1], argv[2]);
    return 0;
}
