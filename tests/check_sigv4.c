/* check_sigv4 PATH...: hold the signer against cases in files (CONTRACT). A case is
 *   - a folder with request.txt, context.json and header-*.txt,
 *   - NAME.req with NAME.creq, NAME.sts, NAME.authz, NAME.sreq beside it,
 *   - a *.json file that holds request and results together;
 * a PATH is a case or a folder of cases, however deep. All three stages are compared. Which headers
 * are signed is the caller's choice, so it is taken from the expected result; those that a request
 * lacks are made here (x-amz-date, x-amz-security-token, x-amz-content-sha256, content-length).
 * Exit status 0 when none failed and at least one passed. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sigv4/case.h"

enum { DEPTH_MOST = 16 };

static void visit(const char *path, int depth, struct tally *tally);

static bool ends_with(const char *name, const char *suffix)
{
    size_t length = strlen(name), end = strlen(suffix);
    return length > end && strcmp(name + length - end, suffix) == 0;
}

/* Without ".req"; the folder goes into `directory`. */
static void visit_request(const char *path, struct tally *tally)
{
    char directory[CASE_PATH_SIZE], name[CASE_PATH_SIZE];
    const char *slash = strrchr(path, '/');
    snprintf(directory, sizeof directory, "%.*s", slash != NULL ? (int)(slash - path) : 1,
             slash != NULL ? path : ".");
    snprintf(name, sizeof name, "%s", slash != NULL ? slash + 1 : path);
    name[strlen(name) - strlen(".req")] = '\0';
    case_run_older(directory, name, tally);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void visit_folder(const char *path, int depth, struct tally *tally)
{
    char inner[CASE_PATH_SIZE];
    struct stat status;
    struct dirent **entries = NULL;
    snprintf(inner, sizeof inner, "%s/request.txt", path);
    if (stat(inner, &status) == 0) {
        case_run_folder(path, tally);
        return;
    }
    int count = scandir(path, &entries, NULL, by_name);
    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;
        if (name[0] != '.' &&
            snprintf(inner, sizeof inner, "%s/%s", path, name) < (int)sizeof inner &&
            stat(inner, &status) == 0 &&
            (S_ISDIR(status.st_mode) || ends_with(name, ".req") || ends_with(name, ".json")))
            visit(inner, depth + 1, tally);
        free(entries[i]);
    }
    free(entries);
}

static void visit(const char *path, int depth, struct tally *tally)
{
    struct stat status;
    if (stat(path, &status) != 0)
        case_fail(tally, path, "cannot be opened");
    else if (depth > DEPTH_MOST)
        case_fail(tally, path, "too deep");
    else if (S_ISDIR(status.st_mode))
        visit_folder(path, depth, tally);
    else if (ends_with(path, ".json"))
        case_run_json(path, tally);
    else if (ends_with(path, ".req"))
        visit_request(path, tally);
    else
        case_fail(tally, path, "is no case");
}

int main(int argc, char **argv)
{
    struct tally tally = {0, 0, 0};
    if (argc < 2) {
        fputs("usage: check_sigv4 PATH...\n", stderr);
        return 2;
    }
    for (int i = 1; i < argc; i++)
        visit(argv[i], 0, &tally);
    printf("%d passed, %d failed, %d skipped\n", tally.passed, tally.failed, tally.skipped);
    return tally.failed == 0 && tally.passed > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
