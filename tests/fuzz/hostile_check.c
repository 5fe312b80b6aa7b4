/* hostile_check text|json <OUTPUT: lines of safe UTF-8 and nothing else; each a JSON object for json. Ends
 * with 1 and the first line that is not. */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

static bool is_object(const char *line)
{
    struct json_tokener *tokener = json_tokener_new();
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    struct json_object *object =
        json_tokener_parse_ex(tokener, line, (int)strlen(line) + 1);
    bool good = json_object_is_type(object, json_type_object);
    json_object_put(object);
    json_tokener_free(tokener);
    return good;
}

/* A pile of U+0300 to U+036F, of which the tests' text has many. */
static bool has_pile(const char *line)
{
    size_t row = 0;
    for (const unsigned char *at = (const unsigned char *)line; *at != '\0'; at++) {
        bool mark = (at[0] == 0xcc && at[1] >= 0x80) || (at[0] == 0xcd && at[1] < 0xb0);
        row = mark ? row + 1 : 0;
        at += mark;
        if (row > 4)
            return true;
    }
    return false;
}

int main(int argc, char **argv)
{
    char *line = NULL;
    size_t room = 0, number = 0;
    bool json = argc > 1 && strcmp(argv[1], "json") == 0;
    for (ssize_t length; (length = getline(&line, &room, stdin)) >= 0;) {
        number++;
        bool whole = strlen(line) == (size_t)length;
        if (length > 0 && line[length - 1] == '\n')
            line[length - 1] = '\0';
        if (whole && fuzz_is_safe(line) && !has_pile(line) && (!json || is_object(line)))
            continue;
        printf("line %zu is not %s:", number, json ? "a safe JSON object" : "safe text");
        for (ssize_t i = 0; i < length && i < 200; i++)
            printf(line[i] > ' ' && line[i] < 0x7f ? "%c" : "<%02x>", (unsigned char)line[i]);
        putchar('\n');
        return 1;
    }
    free(line);
    return 0;
}
