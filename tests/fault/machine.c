/* The fault matrix: a whole rotation on a machine that fails at its N-th call, for every N, and its
 * resume. trial.h says what one trial is, trial.c what must hold after it.
 *
 * A row of the table is one way to fail in one program. The rows that are not walked by plain `make
 * check` take the same way through our code as one that is, and need KEYWRIGHT_LONG=1; each of them
 * is named in the output. Within a row N goes up until a run is not struck; what is left out there is
 * said in the output, too: the N at which "and then for ever" is the very run that "once" was, since no
 * such call came after it, and the allocations that only functions further out tell apart.
 *
 *     tests/fault/machine            the rows of this tier
 *     tests/fault/machine ROW        one row
 *     tests/fault/machine ROW N      one trial, as a failure names it
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/when.h"
#include "trial.h"

#define FRONT "keywright"
#define KEEPER "keywright-keeper"

/* More than there are cores: a trial that waits for a retry costs nothing. */
enum { LANES = 12, STATUSES = 6, POINTS_MAX = 100000 };

/* How many of the innermost functions of ours make a call site of an allocation in this tier. */
enum { SITE_DEPTH = 3 };

/* What fails, how, and whether the run must come to its end all the same; see faultshim.h. */
struct fault {
    const char *program, *kind, *mode;
    int error;
    bool absorbed;
};

/* why: of a row that plain `make check` leaves out. */
static const struct row {
    struct fault fault;
    const char *why;
} rows[] = {
#define ROW(program, kind, error, mode) {{program, kind, mode, error, false}, NULL}
#define ABSORBED(program, kind, error, mode) {{program, kind, mode, error, true}, NULL}
#define LATER(program, kind, error, mode, why) {{program, kind, mode, error, false}, why}
    ROW(FRONT, "write", ENOSPC, "once"),
    ROW(FRONT, "write", ENOSPC, "since"),
    LATER(FRONT, "write", ENOSPC, "lasting", "plain make check strikes from each call site of it on"),
    ABSORBED(FRONT, "write", EINTR, "each"),
    ABSORBED(FRONT, "write", 0, "half"),
    LATER(FRONT, "write", EIO, "once", "plain make check strikes each call site of it"),
    LATER(FRONT, "write", EIO, "lasting", "plain make check strikes each call site of it"),
    LATER(FRONT, "write", EDQUOT, "once", "plain make check strikes each call site of it"),
    LATER(FRONT, "write", EDQUOT, "lasting", "plain make check strikes each call site of it"),
    ROW(FRONT, "write", EIO, "site"),
    ROW(FRONT, "write", EDQUOT, "site"),
    ROW(FRONT, "sync", EIO, "once"),
    ROW(FRONT, "sync", EIO, "lasting"),
    LATER(FRONT, "sync", ENOSPC, "once", "plain make check strikes each call site of it"),
    LATER(FRONT, "sync", EDQUOT, "once", "plain make check strikes each call site of it"),
    LATER(FRONT, "sync", EINTR, "once", "plain make check strikes each call site of it"),
    ROW(FRONT, "sync", ENOSPC, "site"),
    ROW(FRONT, "sync", EDQUOT, "site"),
    ROW(FRONT, "sync", EINTR, "site"),
    ROW(FRONT, "read", EIO, "once"),
    ROW(FRONT, "read", EIO, "lasting"),
    ABSORBED(FRONT, "read", EINTR, "each"),
    ABSORBED(FRONT, "read", 0, "half"),
    ROW(FRONT, "cut", EIO, "once"),
    ROW(FRONT, "cut", ENOSPC, "lasting"),
    ROW(FRONT, "name", EIO, "once"),
    ROW(FRONT, "name", ENOSPC, "lasting"),
    ROW(FRONT, "make", ENOSPC, "once"),
    ROW(FRONT, "make", ENOSPC, "lasting"),
    ROW(FRONT, "make", EDQUOT, "once"),
    ROW(FRONT, "open", EMFILE, "once"),
    ROW(FRONT, "open", EMFILE, "lasting"),
    ROW(FRONT, "open", EINTR, "once"),
    LATER(FRONT, "lock", ENOLCK, "once", "SQLite tries again for seconds each time; tests/unit/journal_faults has what it says then"),
    LATER(FRONT, "lock", ENOLCK, "lasting", "SQLite tries again for seconds each time; tests/unit/journal_faults has what it says then"),
    ROW(FRONT, "map", ENOMEM, "lasting"),
    ROW(KEEPER, "write", ENOSPC, "once"),
    ROW(KEEPER, "write", EIO, "once"),
    ROW(KEEPER, "write", EDQUOT, "lasting"),
    ABSORBED(KEEPER, "write", EINTR, "each"),
    ABSORBED(KEEPER, "write", 0, "half"),
    ROW(KEEPER, "sync", EIO, "once"),
    ROW(KEEPER, "sync", EIO, "lasting"),
    ROW(KEEPER, "sync", EINTR, "once"),
    ROW(KEEPER, "read", EIO, "once"),
    ROW(KEEPER, "read", EIO, "lasting"),
    ABSORBED(KEEPER, "read", EINTR, "each"),
    ABSORBED(KEEPER, "read", 0, "half"),
    ROW(KEEPER, "name", EIO, "once"),
    ROW(KEEPER, "name", ENOSPC, "lasting"),
    ROW(KEEPER, "make", ENOSPC, "once"),
    ROW(KEEPER, "make", EMFILE, "lasting"),
    ROW(KEEPER, "open", EMFILE, "once"),
    ROW(KEEPER, "open", EMFILE, "lasting"),
    ROW(KEEPER, "lock", ENOLCK, "once"),
    ROW(KEEPER, "lock", ENOLCK, "lasting"),
    ROW(KEEPER, "map", ENOMEM, "lasting"),
    ROW(FRONT, "alloc", ENOMEM, "site"),
    LATER(FRONT, "alloc", ENOMEM, "since", "plain make check strikes each call site of it once"),
    ROW(KEEPER, "alloc", ENOMEM, "site"),
    LATER(KEEPER, "alloc", ENOMEM, "since", "plain make check strikes each call site of it once"),
};
enum { ROWS = sizeof rows / sizeof rows[0] };

/* What a lane says about a row, in memory that lanes and parent share. */
struct told {
    long points, opened, resumes_most, wrong;
    long repeats;                /* of the row "once", which were not run again */
    long excused[TRIAL_EXCUSES]; /* trials in which a library crashed */
    long ended[STATUSES];
    long slowest, slowest_ms; /* trial */
    bool done;
};
static struct told (*told)[LANES];

static const char *mode_words(const struct fault *fault)
{
    return strcmp(fault->mode, "once") == 0      ? "once"
           : strcmp(fault->mode, "lasting") == 0 ? "and then for ever"
           : strcmp(fault->mode, "each") == 0    ? "every time before it works"
           : strcmp(fault->mode, "site") == 0    ? "the first time at each call site"
           : strcmp(fault->mode, "since") == 0   ? "from the first time at each call site for ever"
                                                 : "by doing half, every time";
}

static void row_name(size_t at, char *to, size_t size)
{
    const struct fault *fault = &rows[at].fault;
    const char *error = fault->error == 0 ? "" : strerrorname_np(fault->error);
    snprintf(to, size, "%s: %s fails%s%s %s", fault->program, fault->kind, *error ? " with " : "",
             error, mode_words(fault));
}

static bool walks(const struct fault *fault)
{
    return strcmp(fault->mode, "each") != 0 && strcmp(fault->mode, "half") != 0;
}

static bool is_long(void)
{
    return getenv("KEYWRIGHT_LONG") != NULL;
}

static bool is_of_sites(const struct fault *fault)
{
    return strcmp(fault->mode, "site") == 0 || strcmp(fault->mode, "since") == 0;
}

static bool is_alloc(const struct fault *fault)
{
    return strcmp(fault->kind, "alloc") == 0;
}

static long only = -1; /* this row */

static bool in_this_tier(size_t row)
{
    if (only >= 0)
        return (size_t)only == row;
    return rows[row].why == NULL || is_long();
}

/* --- lanes -------------------------------------------------------------------------------------*/

struct place {
    const char *folder; /* of this run */
    const char *shim;
    int lane;
    int accounts; /* used so far */
};

static void open_account(struct place *place, struct lane *lane)
{
    char home[512];
    snprintf(home, sizeof home, "%s/lane-%d-%d", place->folder, place->lane, place->accounts++);
    lane_open(lane, home, place->shim, NULL);
}

static void complain(const struct place *place, size_t row, long at, const struct finding *finding)
{
    char path[512], name[128];
    snprintf(path, sizeof path, "%s/wrong-%zu-%d", place->folder, row, place->lane);
    FILE *file = fopen(path, "a");
    if (file == NULL)
        return;
    row_name(row, name, sizeof name);
    fprintf(file, "call %ld; again: tests/fault/machine %zu %ld\n%s\n", at, row, at, finding->text);
    fclose(file);
}

static void note(struct told *tale, long at, const struct finding *finding)
{
    if (finding->ms > tale->slowest_ms) {
        tale->slowest_ms = finding->ms;
        tale->slowest = at;
    }
    tale->points++;
    tale->opened += finding->opened;
    tale->wrong += finding->wrong;
    if (finding->ended >= 0 && finding->ended < STATUSES)
        tale->ended[finding->ended]++;
    if (finding->excuse >= 0)
        tale->excused[finding->excuse]++;
    if (finding->resumes > tale->resumes_most)
        tale->resumes_most = finding->resumes;
}

static bool shows; /* where the call was struck */

static void try_point(struct lane *lane, size_t row, long at, struct finding *ret_finding)
{
    const struct fault *fault = &rows[row].fault;
    char plan[256], depth[16] = "";
    if (is_alloc(fault) && !is_long())
        snprintf(depth, sizeof depth, ":%d", SITE_DEPTH);
    snprintf(plan, sizeof plan, "%s %s %ld %d %s%s%s", fault->program, fault->kind, at, fault->error,
             fault->mode, depth, shows ? " show" : "");
    struct trouble trouble = {.machine = plan,
                              .timeout = "5s",
                              .absorbed = fault->absorbed,
                              .excuses = is_alloc(fault)};
    trial_run(lane, &trouble, ret_finding);
}

/* Of this lane, which walks the same points of every row: the last call of its kind was struck, so that
 * "once" and "and then for ever" are one run. */
enum { REPEATS_MAX = 4096 };
static bool last_call[ROWS][REPEATS_MAX];

/* The row that strikes the same call in the same way once; ROWS when there is none. */
static size_t once_of(size_t row)
{
    const struct fault *lasting = &rows[row].fault;
    for (size_t i = 0; strcmp(lasting->mode, "lasting") == 0 && i < ROWS; i++) {
        const struct fault *fault = &rows[i].fault;
        if (strcmp(fault->mode, "once") == 0 && strcmp(fault->program, lasting->program) == 0 &&
            strcmp(fault->kind, lasting->kind) == 0 && fault->error == lasting->error)
            return i;
    }
    return ROWS;
}

static bool was_run(size_t row, long at)
{
    size_t once = once_of(row);
    return once < ROWS && at < REPEATS_MAX && last_call[once][at] && !is_long();
}

/* How many points a row has when nothing fails. */
static long expected[ROWS];

static bool counts_alike(const struct fault *one, const struct fault *other)
{
    bool sites = is_of_sites(one) || is_of_sites(other);
    return strcmp(one->program, other->program) == 0 && strcmp(one->kind, other->kind) == 0 &&
           (!sites || strcmp(one->mode, other->mode) == 0);
}

/* One undisturbed run for all rows that count the same calls. */
static void expect_points(struct place *place)
{
    struct lane lane;
    open_account(place, &lane);
    for (size_t row = 0; row < ROWS; row++) {
        struct finding finding;
        size_t known = 0;
        if (!in_this_tier(row) || !walks(&rows[row].fault))
            continue;
        while (known < row && !(expected[known] > 0 && counts_alike(&rows[known].fault, &rows[row].fault)))
            known++;
        if (known == row)
            try_point(&lane, row, POINTS_MAX, &finding);
        expected[row] = known < row ? expected[known] : finding.calls;
    }
    lane_close(&lane);
}

/* This lane's share of the points that are expected: its first, and every LANES-th from there. The lane
 * whose turn the next one would be also goes on behind them until a point is not reached. */
static void walk(struct place *place, struct lane *lane, size_t row)
{
    struct told *tale = &told[row][place->lane];
    bool last = expected[row] % LANES == place->lane;
    for (long at = place->lane + 1; at < POINTS_MAX; at += at > expected[row] ? 1 : LANES) {
        struct finding finding;
        if (at > expected[row] && !last)
            break;
        if (was_run(row, at)) {
            tale->repeats++;
            continue;
        }
        try_point(lane, row, at, &finding);
        if (!finding.reached && !finding.wrong && at <= expected[row])
            continue; /* this run had fewer calls than the undisturbed one */
        if (!finding.reached && !finding.wrong)
            break;
        note(tale, at, &finding);
        if (at < REPEATS_MAX)
            last_call[row][at] = finding.calls == at && !finding.wrong;
        if (finding.wrong) {
            complain(place, row, at, &finding);
            lane_close(lane);
            open_account(place, lane);
        }
        if (!walks(&rows[row].fault) || !finding.reached)
            break;
    }
    tale->done = true;
}

static void lane_main(struct place *place)
{
    struct lane lane;
    open_account(place, &lane);
    size_t single = 0; /* rows of one run are dealt out in turn */
    for (size_t row = 0; row < ROWS; row++)
        if (in_this_tier(row) &&
            (walks(&rows[row].fault) || (int)(single++ % LANES) == place->lane))
            walk(place, &lane, row);
        else
            told[row][place->lane].done = true;
    lane_close(&lane);
}

/* --- the result --------------------------------------------------------------------------------*/

static void print_wrong(const char *folder, size_t row)
{
    char path[512], line[4096];
    for (int lane = 0; lane < LANES; lane++) {
        snprintf(path, sizeof path, "%s/wrong-%zu-%d", folder, row, lane);
        FILE *file = fopen(path, "r");
        for (int lines = 0; file != NULL && lines < 60 && fgets(line, sizeof line, file); lines++)
            printf("# %s", line);
        if (file != NULL)
            fclose(file);
        unlink(path);
    }
}

static void add(struct told *sum, const struct told *tale)
{
    sum->points += tale->points;
    sum->opened += tale->opened;
    sum->wrong += tale->wrong;
    sum->repeats += tale->repeats;
    sum->done = sum->done && tale->done;
    if (tale->resumes_most > sum->resumes_most)
        sum->resumes_most = tale->resumes_most;
    if (tale->slowest_ms > sum->slowest_ms) {
        sum->slowest_ms = tale->slowest_ms;
        sum->slowest = tale->slowest;
    }
    for (int i = 0; i < STATUSES; i++)
        sum->ended[i] += tale->ended[i];
    for (int i = 0; i < TRIAL_EXCUSES; i++)
        sum->excused[i] += tale->excused[i];
}

/* One test point a row; returns how many trials it had. */
static long print_row(const char *folder, size_t row, int number, bool *ret_good)
{
    struct told sum = {.done = true};
    char name[128];
    for (int lane = 0; lane < LANES; lane++)
        add(&sum, &told[row][lane]);
    row_name(row, name, sizeof name);
    bool good = sum.done && sum.wrong == 0;
    printf("%sok %d - %s (%ld trials)\n", good ? "" : "not ", number, name, sum.points);
    if (sum.points == 0)
        printf("# the program makes no such call\n");
    else
        printf("# ended with 0: %ld, 1: %ld, 3: %ld, 5: %ld; in the journal: %ld; resumes at most: "
               "%ld; slowest: call %ld, %ld ms\n",
               sum.ended[0], sum.ended[1], sum.ended[3], sum.ended[5], sum.opened,
               sum.resumes_most, sum.slowest, sum.slowest_ms);
    if (sum.repeats > 0)
        printf("# %ld more were not run again: the same run as once, no such call came after them\n",
               sum.repeats);
    for (int i = 0; i < TRIAL_EXCUSES; i++)
        if (sum.excused[i] > 0)
            printf("# a library crashed in %ld: %s: %s\n", sum.excused[i], trial_excuses[i].where,
                   trial_excuses[i].why);
    print_wrong(folder, row);
    *ret_good = *ret_good && good;
    return sum.points;
}

static bool print_all(const char *folder, int64_t begun)
{
    char name[128];
    bool good = true;
    long trials = 0;
    int number = 0;
    for (size_t row = 0; row < ROWS; row++)
        if (in_this_tier(row))
            trials += print_row(folder, row, ++number, &good);
    for (size_t row = 0; row < ROWS; row++)
        if (only < 0 && !in_this_tier(row)) {
            row_name(row, name, sizeof name);
            printf("# left to KEYWRIGHT_LONG=1: %s (%s)\n", name, rows[row].why);
        }
    if (!is_long() && (only < 0 || is_alloc(&rows[only].fault)))
        printf("# left to KEYWRIGHT_LONG=1: alloc at each call site by the whole way to it; here by the "
               "innermost %d functions of ours\n",
               SITE_DEPTH);
    printf("# %ld trials of %d cells in %lld s\n1..%d\n", trials, number,
           (long long)(when_monotonic_ms() - begun) / 1000, number);
    return good;
}

/* What the two programs said. */
static void print_output(const struct lane *lane)
{
    char path[512], line[4096];
    snprintf(path, sizeof path, "%s/output", lane->account.home);
    FILE *file = fopen(path, "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        fputs(line, stdout);
    if (file != NULL)
        fclose(file);
}

static int one_trial(const char *folder, const char *shim, size_t row, long at)
{
    struct place place = {.folder = folder, .shim = shim};
    struct lane lane;
    struct finding finding;
    char name[128];
    shows = true;
    open_account(&place, &lane);
    try_point(&lane, row, at, &finding);
    row_name(row, name, sizeof name);
    printf("%s, call %ld of %ld: %s, rotate ended with %d, %d resumes, %lld ms\n%s", name, at,
           finding.calls, finding.reached ? "struck" : "not reached", finding.ended,
           finding.resumes, (long long)finding.ms, finding.text);
    print_output(&lane);
    printf("struck in '%s', crashed in '%s'\n%s", lane.report->struck_in, lane.report->crashed_in,
           lane.report->stack);
    lane_close(&lane);
    return finding.wrong ? 1 : 0;
}

int main(int argc, char **argv)
{
    int64_t begun = when_monotonic_ms();
    char folder[TRIAL_FOLDER_SIZE], shim[4096];
    const char *directory = getenv("builddir");
    if (directory == NULL)
        setenv("builddir", directory = ".", 1);
    if (realpath(directory, shim) == NULL || !trial_folder("machine", folder))
        return 99;
    strncat(shim, "/tests/fault/faultshim.so", sizeof shim - strlen(shim) - 1);
    told = mmap(NULL, sizeof *told * ROWS, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (told == MAP_FAILED)
        return 99;
    bool good = true;
    only = argc == 2 ? atol(argv[1]) : -1;
    if (argc == 3) {
        size_t row = (size_t)strtoul(argv[1], NULL, 10);
        good = row < ROWS && one_trial(folder, shim, row, atol(argv[2])) == 0;
    } else {
        expect_points(&(struct place){.folder = folder, .shim = shim, .lane = LANES});
        for (int i = 0; i < LANES; i++) {
            struct place place = {.folder = folder, .shim = shim, .lane = i};
            if (fork() == 0) {
                lane_main(&place);
                _exit(0);
            }
        }
        while (wait(NULL) > 0)
            ;
        good = print_all(folder, begun);
    }
    rmdir(folder);
    return good ? 0 : 1;
}
