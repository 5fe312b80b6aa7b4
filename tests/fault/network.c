/* The network matrix: a whole rotation whose N-th request meets a fault, for every fault and every N,
 * and its resume on a sound network. trial.h says what one trial is, trial_check.c what must hold
 * after it, network_rows.c which faults there are.
 *
 * A row is one fault at one request; N goes up until a run is not struck. That every request from the
 * N-th on is struck, as by a network that is gone, is left to KEYWRIGHT_LONG=1, since keywright then
 * waits for two minutes wherever a probe would tell whether a key works; the output names it.
 *
 *     tests/fault/network                 all rows on the practice account
 *     tests/fault/network --peer SCRIPT   ... on a strict peer (PEER_PYTHON: its interpreter)
 *     tests/fault/network [--peer SCRIPT] ROW N   one trial, as a failure names it
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/when.h"
#include "network_rows.h"
#include "trial.h"

/* More lanes than cores, since much of a trial is waiting. A peer takes 80 MB, so it has fewer, though no
 * fewer than make it wait for the other walks of make check. */
enum { LANES = 10, PEER_LANES = 8, ROWS_MAX = 200, CALLS_MAX = 100, TEXT_SIZE = 2048 };
/* A run that is struck early may have a few requests more: a probe that did not work is repeated. */
enum { MORE = 4 };

/* What the lanes share: a row is faults[row % count], from the N-th request on when row >= count. */
static struct shared {
    long next; /* cell */
    long calls;
    long trials;
    struct cell {
        bool tried, reached, wrong;
        int ended, resumes;
        int64_t ms;
    } cells[ROWS_MAX][CALLS_MAX];
    char wrong[ROWS_MAX][TEXT_SIZE]; /* the first that went wrong */
} *shared;

static const struct network_row *faults;
static size_t fault_count;
static const char *peer; /* script, or NULL */

static const struct network_row *fault_of(size_t row)
{
    return &faults[row % fault_count];
}

static bool lasts(size_t row)
{
    return row >= fault_count;
}

static bool in_this_tier(size_t row)
{
    return !lasts(row) || getenv("KEYWRIGHT_LONG") != NULL;
}

static void row_name(size_t row, char *to, size_t size)
{
    const char *with = fault_of(row)->with;
    size_t length = strlen(with);
    bool comma = length > 0 && with[length - 1] == ',';
    snprintf(to, size, "%s%s%.*s at %s", fault_of(row)->name, comma ? " " : "",
             (int)(length - comma), with, lasts(row) ? "every request from one on" : "every request");
}

static void try_cell(struct lane *lane, size_t row, long at, struct finding *ret_finding)
{
    const struct network_row *fault = fault_of(row);
    char told[NETWORK_FAULT_SIZE], timeout[32];
    network_fault(peer != NULL, fault, at, lasts(row) ? 0 : 1, told);
    snprintf(timeout, sizeof timeout, "%ds", NETWORK_TIMEOUT_MS / 1000);
    struct trouble trouble = {.network = told,
                              .timeout = timeout,
                              .absorbed = fault->harmless && !lasts(row),
                              .ages = fault->ages,
                              .outlives_ms = fault->outlives_ms};
    trial_run(lane, &trouble, ret_finding);
}

/* --- lanes -------------------------------------------------------------------------------------*/

struct place {
    const char *folder;
    int lane;
    int accounts;
};

static void open_account(struct place *place, struct lane *lane)
{
    char home[512];
    snprintf(home, sizeof home, "%s/lane-%d-%d", place->folder, place->lane, place->accounts++);
    lane_open(lane, home, NULL, peer);
}

static void note(size_t row, long at, const struct finding *finding)
{
    shared->cells[row][at] = (struct cell){.tried = true,
                                           .reached = finding->reached,
                                           .wrong = finding->wrong,
                                           .ended = finding->ended,
                                           .resumes = finding->resumes,
                                           .ms = finding->ms};
    __atomic_add_fetch(&shared->trials, finding->reached, __ATOMIC_RELAXED);
    if (finding->wrong && shared->wrong[row][0] == '\0')
        snprintf(shared->wrong[row], TEXT_SIZE, "request %ld; again: tests/fault/network%s %zu %ld\n%.1500s",
                 at + 1, peer != NULL ? " --peer SCRIPT" : "", row, at, finding->text);
}

/* An earlier request was not there, so neither is this one: the run would be the same. */
static bool is_behind_the_end(size_t row, long at)
{
    return at > shared->calls && (is_behind_the_end(row, at - 1) ||
                                  (shared->cells[row][at - 1].tried && !shared->cells[row][at - 1].reached));
}

static void lane_main(struct place *place, long cells)
{
    struct lane lane;
    open_account(place, &lane);
    for (;;) {
        /* Rows in turn, so that the slow ones are never all at the end. */
        long cell = __atomic_fetch_add(&shared->next, 1, __ATOMIC_RELAXED);
        size_t row = (size_t)cell % (2 * fault_count);
        long at = cell / (long)(2 * fault_count);
        struct finding finding;
        if (cell >= cells)
            break;
        if (!in_this_tier(row) || is_behind_the_end(row, at))
            continue;
        try_cell(&lane, row, at, &finding);
        note(row, at, &finding);
        if (finding.wrong || finding.aged) {
            lane_close(&lane);
            open_account(place, &lane);
        }
    }
    lane_close(&lane);
}

/* How many requests a rotation has when nothing goes wrong. */
static long count_calls(const char *folder)
{
    struct place place = {.folder = folder, .lane = LANES};
    struct lane lane;
    struct finding finding;
    char told[NETWORK_FAULT_SIZE];
    open_account(&place, &lane);
    network_fault(peer != NULL, &faults[0], CALLS_MAX * 10, 1, told);
    trial_run(&lane, &(struct trouble){.network = told, .timeout = "5s", .absorbed = true}, &finding);
    long calls = finding.requests;
    lane_close(&lane);
    if (finding.wrong)
        printf("# without a fault:\n%s", finding.text);
    return finding.wrong ? 0 : calls;
}

/* --- the result --------------------------------------------------------------------------------*/

static void print_text(const char *text)
{
    for (size_t length; *text != '\0'; text += length + (text[length] == '\n')) {
        length = strcspn(text, "\n");
        printf("# %.*s\n", (int)length, text);
    }
}

/* A test point, and the row of the table: a character a request, the exit status of the run. */
static bool print_row(size_t row, int number)
{
    char name[256], table[CALLS_MAX + 1] = "";
    int resumes = 0;
    int64_t slowest = 0;
    bool good = true, ends = false;
    long struck = 0;
    for (long at = 0; at < shared->calls + MORE; at++) {
        const struct cell *cell = &shared->cells[row][at];
        good = good && (cell->tried || is_behind_the_end(row, at)) && !cell->wrong;
        ends = !cell->reached;
        struck += cell->reached;
        table[at] = !cell->reached     ? '.'
                    : cell->wrong      ? 'X'
                    : cell->ended < 10 ? (char)('0' + cell->ended)
                                       : '?';
        if (cell->resumes > resumes)
            resumes = cell->resumes;
        if (cell->ms > slowest)
            slowest = cell->ms;
    }
    row_name(row, name, sizeof name);
    printf("%sok %d - %s (%ld trials)\n", good && (ends || lasts(row)) ? "" : "not ", number, name,
           struck);
    printf("# %s  resumes at most %d, slowest %lld ms\n", table, resumes, (long long)slowest);
    if (!ends && !lasts(row))
        printf("# requests after those were not tried\n");
    print_text(shared->wrong[row]);
    return good && (ends || lasts(row));
}

static bool print_all(int64_t begun)
{
    char name[256];
    bool good = true;
    int number = 0;
    printf("# on %s; a rotation has %ld requests. A row tells with which status the rotation ended whose N-th\n"
           "# request was struck ('.': there was none); every one was then resumed to its end.\n",
           peer != NULL ? "the strict peer" : "the practice account", shared->calls);
    for (size_t row = 0; row < 2 * fault_count; row++)
        if (in_this_tier(row))
            good = print_row(row, ++number) && good;
    for (size_t row = 0; row < 2 * fault_count; row++)
        if (!in_this_tier(row)) {
            row_name(row, name, sizeof name);
            printf("# left to KEYWRIGHT_LONG=1: %s\n", name);
        }
    printf("# %ld fault cells of %d rows in %lld s\n1..%d\n", shared->trials, number,
           (long long)(when_monotonic_ms() - begun) / 1000, number);
    return good;
}

static bool all(const char *folder)
{
    int64_t begun = when_monotonic_ms();
    shared->calls = count_calls(folder);
    if (shared->calls <= 0 || shared->calls + MORE > CALLS_MAX) {
        printf("Bail out! a rotation has %ld requests\n", shared->calls);
        return false;
    }
    long cells = (shared->calls + MORE) * (long)(2 * fault_count);
    fflush(stdout);
    for (int i = 0; i < (peer != NULL ? PEER_LANES : LANES); i++) {
        struct place place = {.folder = folder, .lane = i};
        if (fork() == 0) {
            lane_main(&place, cells);
            _exit(0);
        }
    }
    while (wait(NULL) > 0)
        ;
    return print_all(begun);
}

static bool one(const char *folder, size_t row, long at)
{
    struct place place = {.folder = folder};
    struct lane lane;
    struct finding finding;
    char name[256], command[600];
    open_account(&place, &lane);
    try_cell(&lane, row, at, &finding);
    row_name(row, name, sizeof name);
    printf("%s, request %ld: %s, rotate ended with %d, %d resumes, %lld ms\n%s", name, at + 1,
           finding.reached ? "struck" : "not reached", finding.ended, finding.resumes,
           (long long)finding.ms, finding.text);
    fflush(stdout);
    snprintf(command, sizeof command, "cat '%s/output'", lane.account.home);
    if (system(command) != 0)
        finding.wrong = true;
    lane_close(&lane);
    return !finding.wrong;
}

int main(int argc, char **argv)
{
    char folder[TRIAL_FOLDER_SIZE];
    if (getenv("builddir") == NULL)
        setenv("builddir", ".", 1);
    if (argc >= 3 && strcmp(argv[1], "--peer") == 0) {
        peer = argv[2];
        argc -= 2;
        argv += 2;
    }
    faults = network_rows(peer != NULL, &fault_count);
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED || !trial_folder("network", folder) || 2 * fault_count > ROWS_MAX)
        return 99;
    size_t row = argc == 3 ? (size_t)strtoul(argv[1], NULL, 10) : 0;
    bool good = argc == 3 ? row < 2 * fault_count && one(folder, row, atol(argv[2])) : all(folder);
    rmdir(folder);
    return good ? 0 : 1;
}
