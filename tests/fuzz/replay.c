/* replay PATH...: each PATH is an input, or a folder of inputs (looked through with what is in it), for
 * the harness that this is linked with. Prints "FILES inputs, BYTES bytes". An input for which a
 * property does not hold ends it by a signal; its name is on standard error then.
 *
 * The function is the same that libFuzzer and AFL++ drive; linked with one of them, their main is
 * taken and this one is not. */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"

static struct {
    char name[4096];
    size_t files, bytes;
} now;

static void on_fatal(int number)
{
    static const char says[] = "\nthis input: ";
    (void)!write(STDERR_FILENO, says, sizeof says - 1);
    (void)!write(STDERR_FILENO, now.name, strlen(now.name));
    (void)!write(STDERR_FILENO, "\n", 1);
    signal(number, SIG_DFL);
    raise(number);
}

static bool run_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    struct stat status;
    if (file == NULL || fstat(fileno(file), &status) != 0) {
        perror(path);
        return false;
    }
    /* Exactly as large as the input, so that a sanitizer sees a read beyond it. */
    size_t size = (size_t)status.st_size;
    uint8_t *data = malloc(size > 0 ? size : 1);
    bool whole = data != NULL && fread(data, 1, size, file) == size;
    fclose(file);
    if (whole) {
        snprintf(now.name, sizeof now.name, "%s", path);
        now.files++;
        now.bytes += size;
        LLVMFuzzerTestOneInput(data, size);
    } else {
        fprintf(stderr, "%s: cannot be read\n", path);
    }
    free(data);
    return whole;
}

static bool run_path(const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0) {
        perror(path);
        return false;
    }
    if (!S_ISDIR(status.st_mode))
        return run_file(path);
    struct dirent **entries = NULL;
    int count = scandir(path, &entries, NULL, alphasort);
    bool good = count >= 0;
    for (int i = 0; i < count; i++) {
        char name[4096];
        snprintf(name, sizeof name, "%s/%s", path, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.')
            good = run_path(name) && good;
        free(entries[i]);
    }
    free(entries);
    return good;
}

int main(int argc, char **argv)
{
    static const int fatal[] = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGALRM};
    for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++)
        signal(fatal[i], on_fatal);
    bool good = argc > 1;
    for (int i = 1; i < argc; i++)
        good = run_path(argv[i]) && good;
    if (argc < 2)
        fputs("usage: replay FILE-OR-FOLDER...\n", stderr);
    else
        printf("%zu inputs, %zu bytes\n", now.files, now.bytes);
    return good ? 0 : 1;
}
