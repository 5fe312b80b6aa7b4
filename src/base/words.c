#include "config.h"

#include "base/words.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* A command may carry a secret as an argument (it should not): what is freed is wiped. */
void words_free(char **words)
{
    for (size_t i = 0; words != NULL && words[i] != NULL; i++) {
        explicit_bzero(words[i], strlen(words[i]));
        free(words[i]);
    }
    free(words);
}

static void words_cleanup(char ***words)
{
    words_free(*words);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* One word from *at on, into `word`, which has room for all that is left. */
static bool read_word(const char **at, char *word, struct error *err)
{
    char quote = '\0';
    const char *from = *at;
    for (; *from != '\0' && (quote != '\0' || !is_space(*from)); from++) {
        if (quote == '\0' && (*from == '\'' || *from == '"')) {
            quote = *from;
        } else if (quote != '\0' && *from == quote) {
            quote = '\0';
        } else if (*from == '\\' && quote != '\'') {
            /* inside "..." a backslash is itself unless it protects a quote or a backslash */
            if (from[1] == '\0')
                return error_set(err, ERROR_SYNTAX, "a backslash ends the command");
            if (quote == '"' && from[1] != '"' && from[1] != '\\')
                *word++ = *from;
            *word++ = *++from;
        } else {
            *word++ = *from;
        }
    }
    if (quote != '\0')
        return error_set(err, ERROR_SYNTAX, "a quote (%c) is not closed in the command", quote);
    *word = '\0';
    *at = from;
    return true;
}

bool words_split(const char *command, char ***ret_words, struct error *err)
{
    size_t length = strlen(command);
    CLEANUP(words_cleanup) char **words = calloc(length / 2 + 2, sizeof *words);
    if (words == NULL)
        return error_set(err, ERROR_MEMORY, "no room to split a command");
    size_t count = 0;
    for (const char *at = command; *at != '\0';) {
        if (is_space(*at)) {
            at++;
            continue;
        }
        words[count] = calloc(1, strlen(at) + 1);
        if (words[count] == NULL)
            return error_set(err, ERROR_MEMORY, "no room to split a command");
        if (!read_word(&at, words[count++], err))
            return false;
    }
    if (count == 0)
        return error_set(err, ERROR_SYNTAX, "the command is empty");
    *ret_words = words;
    words = NULL;
    return true;
}
