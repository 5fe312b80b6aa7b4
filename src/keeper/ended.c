#include "config.h"

#include "keeper/ended.h"

#include <string.h>

#include "base/safe.h"
#include "base/words.h"

const char *ended_name(const char *command, char shown[ENDED_NAME_SIZE])
{
    char **words = NULL;
    shown[0] = '\0';
    if (words_split(command, &words, NULL))
        safe_copy(shown, ENDED_NAME_SIZE, words[0]);
    words_free(words);
    return shown;
}

void ended_last_line(const struct child_output *output, char shown[ENDED_LINE_SIZE])
{
    size_t end = output->length;
    while (end > 0 && strchr(" \t\r\n", output->bytes[end - 1]) != NULL)
        end--;
    output->bytes[end] = '\0';
    size_t start = end;
    while (start > 0 && output->bytes[start - 1] != '\n')
        start--;
    safe_copy(shown, ENDED_LINE_SIZE, output->bytes + start);
}

bool ended_well(const struct child_result *result, const char *command, int64_t limit_ms,
                const char *line, struct error *err)
{
    char name[ENDED_NAME_SIZE];
    const char *colon = line[0] == '\0' ? "" : ": ";
    ended_name(command, name);
    if (result->failed != 0)
        return child_not_started(result, name, err);
    if (result->timed_out)
        return error_set(err, ERROR_TIMEOUT, "%s did not end within %d s and was killed", name,
                         (int)(limit_ms / 1000));
    if (result->status == 0)
        return true;
    if (result->signal != 0)
        return error_set(err, ERROR_COMMAND, "%s was ended by signal %d%s%s", name, result->signal,
                         colon, line);
    return error_set(err, ERROR_COMMAND, "%s ended with status %d%s%s", name, result->status, colon,
                     line);
}

int64_t ended_limit_ms(int64_t timeout)
{
    enum { GIVING_LIMIT_S = 60 };
    return 1000 * (timeout > 0 ? timeout : GIVING_LIMIT_S);
}

bool ended_giving(const struct child_result *result, int64_t timeout, size_t most, struct error *err)
{
    if (result->failed != 0)
        return child_not_started(result, "", err);
    if (result->timed_out)
        return error_set(err, ERROR_COMMAND, "it did not end within %lld s and was killed; --timeout gives it longer",
                         (long long)ended_limit_ms(timeout) / 1000);
    if (result->too_long)
        return error_set(err, ERROR_COMMAND, "it printed more than %zu bytes", most);
    if (result->signal != 0)
        return error_set(err, ERROR_COMMAND, "it was ended by signal %d", result->signal);
    return result->status == 0 || error_set(err, ERROR_COMMAND, "it ended with status %d", result->status);
}
