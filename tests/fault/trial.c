#include "trial_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "base/when.h"

/* A probe that has no answer is repeated for two minutes. */
enum { HANGS_AFTER_MS = 180000, LOG_LATE_MS = 5000, MOST_RESUMES = 3, HOUR = 3600 };

bool trial_folder(const char *name, char ret_folder[static TRIAL_FOLDER_SIZE])
{
    const char *base = getenv("TMPDIR");
    int length = snprintf(ret_folder, TRIAL_FOLDER_SIZE, "%s/keywright-%s-XXXXXX",
                          base != NULL ? base : "/tmp", name);
    return length < TRIAL_FOLDER_SIZE && mkdtemp(ret_folder) != NULL;
}

/* A trial begins without a journal. */
static void forget_journal(const struct lane *lane)
{
    static const char *const parts[] = {".local/state/keywright/journal.db",
                                        ".local/state/keywright/journal.db-wal",
                                        ".local/state/keywright/journal.db-shm",
                                        ".local/state/keywright/journal.db-journal",
                                        ".local/state/keywright/journal.db-lock",
                                        ".local/state/keywright",
                                        ".local/state",
                                        ".local"};
    char path[512];
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", lane->account.home, parts[i]);
        if (remove(path) != 0 && errno != ENOENT)
            fprintf(stderr, "# %s: %s\n", path, strerror(errno));
    }
}

/* --- running -----------------------------------------------------------------------------------*/

/* Started by posix_spawn, which does not copy this process first. Its process, or -1. */
static pid_t start_keywright(const struct lane *lane, const char *const *words, const char *plan,
                             const char *output)
{
    char program[4096], home[512], preload[600], fault[256], report[600];
    char path[] = "PATH=/usr/local/bin:/usr/bin:/bin", locale[] = "LC_ALL=C.UTF-8";
    const char *directory = getenv("builddir");
    snprintf(program, sizeof program, "%s/keywright", directory ? directory : ".");
    snprintf(home, sizeof home, "HOME=%s", lane->account.home);
    snprintf(preload, sizeof preload, "LD_PRELOAD=%s", lane->shim);
    snprintf(fault, sizeof fault, "FAULTSHIM=%s", plan != NULL ? plan : "");
    snprintf(report, sizeof report, "FAULTSHIM_REPORT=%s", lane->report_path);
    char *sound[] = {home, path, locale, NULL};
    char *faulty[] = {home, path, locale, preload, fault, report, NULL};
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t none;
    pid_t child = -1;
    sigemptyset(&none);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0600);
    posix_spawn_file_actions_adddup2(&files, 1, 2);
    if (posix_spawn(&child, program, &files, &attributes, (char *const *)words,
                    plan != NULL ? faulty : sound) != 0)
        child = -1;
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
    return child;
}

/* Sleeps until some child ends, a second at most; SIGCHLD is blocked. */
static void wait_for_news(void)
{
    sigset_t news;
    sigemptyset(&news);
    sigaddset(&news, SIGCHLD);
    sigtimedwait(&news, NULL, &(struct timespec){.tv_sec = 1});
}

/* The keeper that outlived its front is ours to wait for (subreaper): the next run must not meet it.
 * Returns the wait status of `child`, or -1 when it hung and was killed. */
static int wait_for_all(const struct lane *lane, pid_t child)
{
    int64_t limit = when_monotonic_ms() + HANGS_AFTER_MS;
    int result = -1;
    for (;;) {
        int status;
        pid_t ended = waitpid(-1, &status, WNOHANG);
        if (ended == child)
            result = status;
        if (ended == lane->account.server)
            return -1;
        if (ended > 0)
            continue;
        /* only the server is left: looking again does not change that */
        if (result != -1) {
            char path[64], children[256] = "";
            snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
            trial_slurp(path, children, sizeof children);
            if (strchr(children, ' ') == strrchr(children, ' '))
                return result;
        }
        if (when_monotonic_ms() > limit) {
            kill(child, SIGKILL);
            return -1;
        }
        wait_for_news();
    }
}

/* Exit status, or -1 with `wrong` said or an excuse noted. `trouble`: of a run that is struck. */
static int run(struct lane *lane, const char *const *words, const struct trouble *trouble,
               const char *output, struct finding *finding)
{
    const char *plan = trouble != NULL ? trouble->machine : NULL;
    pid_t child = start_keywright(lane, words, plan, output);
    int status = child < 0 ? -1 : wait_for_all(lane, child);
    if (trouble != NULL)
        finding->excuse = trial_excuse(trouble, lane->report);
    if (status == -1)
        trial_wrong(finding, "%s hangs", words[1]);
    else if (WIFSIGNALED(status) && finding->excuse >= 0)
        return -1;
    else if (WIFSIGNALED(status))
        trial_wrong(finding, "%s was ended by signal %d", words[1], WTERMSIG(status));
    else
        return WEXITSTATUS(status);
    return -1;
}

/* --- the trial -----------------------------------------------------------------------------------*/

static void resume(struct lane *lane, const struct trouble *trouble, const char *output,
                   struct finding *finding)
{
    static const char *const words[] = {"keywright", "resume", "--yes", NULL};
    for (finding->resumes = 1;; finding->resumes++) {
        int status = run(lane, words, NULL, output, finding);
        if (status == 0 || status == -1)
            return;
        if (status == 3 && trouble->ages && !finding->aged) {
            account_advance(&lane->account, HOUR);
            finding->aged = true;
        }
        if (finding->resumes == MOST_RESUMES) {
            trial_wrong(finding, "resume ends with %d", status);
            return;
        }
    }
}

static bool was_deleted(const struct deed *acts, size_t count, const char *key)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(acts[i].action, "DeleteAccessKey") == 0 && strcmp(acts[i].key, key) == 0)
            return true;
    return false;
}

/* The acts to the end of the trial, added to the first `count`. An account writes its log after it has
 * answered, so what a rotation ends with may be there a little later. */
static size_t acts_to_the_end(struct lane *lane, const char *old_key, struct deed acts[ACTS_MAX],
                              size_t count, long *struck)
{
    struct held held;
    int64_t limit = when_monotonic_ms() + LOG_LATE_MS;
    trial_look(lane, &held);
    for (;;) {
        count = account_acts(&lane->account, acts, count);
        *struck += lane->account.struck;
        if (strcmp(held.key, old_key) == 0 || was_deleted(acts, count, old_key) ||
            when_monotonic_ms() > limit)
            return count;
        nanosleep(&(struct timespec){.tv_nsec = 2 * 1000 * 1000}, NULL);
    }
}

void trial_run(struct lane *lane, const struct trouble *trouble, struct finding *ret_finding)
{
    const char *const words[] = {"keywright", "rotate",    "--yes",         "--plan",
                                 "now",       "--settle",  "0",             "--consistency",
                                 "1s",        "--timeout", trouble->timeout, NULL};
    char output[512], said[32 * 1024];
    int64_t begun = when_monotonic_ms();
    struct deed acts[ACTS_MAX];
    struct story story;
    struct held before, held;
    *ret_finding = (struct finding){.excuse = -1};
    *lane->report = (struct faultshim_report){0};
    forget_journal(lane);
    trial_look(lane, &before);
    snprintf(output, sizeof output, "%s/output", lane->account.home);
    unlink(output);
    if (trouble->network != NULL)
        account_fault(&lane->account, trouble->network);
    ret_finding->ended = run(lane, words, trouble, output, ret_finding);
    if (trouble->network != NULL)
        account_no_faults(&lane->account);
    trial_slurp(output, said, sizeof said);
    size_t count = account_acts(&lane->account, acts, 0);
    ret_finding->requests = lane->account.requests;
    long struck = lane->account.struck;
    trial_look(lane, &held);
    ret_finding->calls = lane->report->calls;
    trial_read_journal(lane, &story, ret_finding);
    ret_finding->opened = story.rotations > 0;
    trial_check_run(trouble, lane, &story, said, ret_finding);
    trial_check_intents(acts, count, &story, strcmp(before.key, held.key) != 0, ret_finding);
    if (ret_finding->ended != 0 || story.open > 0) /* else trial_check_run has seen that it is done */
        resume(lane, trouble, output, ret_finding);
    nanosleep(&(struct timespec){.tv_sec = trouble->outlives_ms / 1000,
                                 .tv_nsec = trouble->outlives_ms % 1000 * 1000000L},
              NULL);
    count = acts_to_the_end(lane, before.key, acts, count, &struck);
    ret_finding->reached = trouble->network != NULL ? struck > 0 : lane->report->struck > 0;
    trial_read_journal(lane, &story, ret_finding);
    trial_check_intents(acts, count, &story, false, ret_finding);
    trial_slurp(output, said, sizeof said);
    trial_check_end(lane, &story, said, ret_finding);
    ret_finding->ms = when_monotonic_ms() - begun;
    if (ret_finding->wrong) {
        trial_wrong(ret_finding, "%s", said + (strlen(said) > 1500 ? strlen(said) - 1500 : 0));
    }
}

/* --- a lane ------------------------------------------------------------------------------------*/

void lane_open(struct lane *lane, const char *home, const char *shim, const char *peer)
{
    struct held held;
    sigset_t news;
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    *lane = (struct lane){0};
    account_start(&lane->account, home, peer);
    sigemptyset(&news);
    sigaddset(&news, SIGCHLD);
    sigprocmask(SIG_BLOCK, &news, NULL);
    text_copy(lane->shim, sizeof lane->shim, shim == NULL ? "" : shim);
    snprintf(lane->report_path, sizeof lane->report_path, "%s/report", home);
    int fd = open(lane->report_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || ftruncate(fd, sizeof *lane->report) != 0 ||
        (lane->report = mmap(NULL, sizeof *lane->report, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
                             0)) == MAP_FAILED) {
        printf("Bail out! %s: %s\n", lane->report_path, strerror(errno));
        _exit(99);
    }
    close(fd);
    trial_look(lane, &held);
    text_copy(lane->before, sizeof lane->before, held.file);
    trial_list(lane, lane->listing, sizeof lane->listing);
}

void lane_close(struct lane *lane)
{
    munmap(lane->report, sizeof *lane->report);
    account_stop(&lane->account);
}
