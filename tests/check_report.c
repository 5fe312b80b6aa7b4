/* check_report FILE.csv: parse a credential report and print it back as NDJSON, an object a user with the
 * report's own columns in their order. Exit 1 with the reason when it is no report. */
#include <stdio.h>

#include <json-c/json.h>

#include "audit/report.h"
#include "base/file.h"

enum { REPORT_MAX = 1 << 30 };

static bool print(void *context, const struct report_row *row)
{
    (void)context;
    struct json_object *object = json_object_new_object();
    for (size_t i = 0; i < row->count; i++)
        json_object_object_add(object, row->names[i], json_object_new_string(row->values[i]));
    int flags = JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE;
    puts(json_object_to_json_string_ext(object, flags));
    json_object_put(object);
    return true;
}

int main(int argc, char **argv)
{
    struct error err;
    char *bytes;
    size_t length;
    if (argc != 2) {
        fprintf(stderr, "usage: check_report FILE.csv\n");
        return 2;
    }
    if (!file_read(argv[1], REPORT_MAX, &bytes, &length, &err)) {
        fprintf(stderr, "check_report: %s\n", err.text);
        return 1;
    }
    bool good = report_parse(bytes, length, print, NULL, &err);
    file_bytes_free(bytes, length);
    if (!good)
        fprintf(stderr, "check_report: %s\n", err.text);
    return good && fflush(stdout) == 0 ? 0 : 1;
}
