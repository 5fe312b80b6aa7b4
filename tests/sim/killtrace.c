#define _GNU_SOURCE
#include "tests/sim/kill.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- which calls -------------------------------------------------------------------------------*/

static const long changes[] = {
    SYS_write,       SYS_pwrite64,     SYS_writev,          SYS_pwritev,
    SYS_pwritev2,    SYS_ftruncate,    SYS_truncate,        SYS_fallocate,
    SYS_sendfile,    SYS_splice,       SYS_copy_file_range, SYS_sync_file_range,
    SYS_fsync,       SYS_fdatasync,    SYS_msync,           SYS_renameat2,
    SYS_linkat,      SYS_symlinkat,    SYS_unlinkat,        SYS_mkdirat,
    SYS_fchmod,      SYS_fchmodat,     SYS_fchown,          SYS_fchownat,
    SYS_utimensat,   SYS_setxattr,     SYS_lsetxattr,       SYS_fsetxattr,
    SYS_removexattr, SYS_lremovexattr, SYS_fremovexattr,
/* What newer architectures do without, or older systems. */
#ifdef SYS_rename
    SYS_rename,      SYS_link,         SYS_symlink,         SYS_unlink,
    SYS_mkdir,       SYS_rmdir,        SYS_creat,           SYS_chmod,
    SYS_chown,       SYS_lchown,
#endif
#ifdef SYS_renameat
    SYS_renameat,
#endif
#ifdef SYS_openat2
    SYS_openat2,
#endif
#ifdef SYS_fchmodat2
    SYS_fchmodat2,
#endif
};
static const long sends[] = {SYS_sendto, SYS_sendmsg, SYS_sendmmsg, SYS_connect};
static const long receives[] = {SYS_recvfrom, SYS_recvmsg, SYS_recvmmsg};
/* Of all others, those of which nothing is left when the process has been killed, and that do not
 * wait. */
static const long traceless[] = {
    SYS_mmap,       SYS_munmap,        SYS_mprotect,
    SYS_madvise,    SYS_mlock,         SYS_munlock,
    SYS_brk,        SYS_close,         SYS_lseek,
    SYS_pread64,    SYS_fstat,         SYS_newfstatat,
    SYS_statx,      SYS_faccessat,     SYS_fcntl,
    SYS_openat,     SYS_readlinkat,    SYS_getdents64,
    SYS_getpid,     SYS_geteuid,       SYS_getuid,
    SYS_getrandom,  SYS_clock_gettime, SYS_rt_sigaction,
    SYS_getsockopt, SYS_setsockopt,    SYS_rt_sigprocmask,
    SYS_uname,
#ifdef SYS_access
    SYS_access,     SYS_stat,          SYS_lstat,
    SYS_readlink,   SYS_open,
#endif
};

#define AMONG(list, number) among(list, sizeof(list) / sizeof *(list), number)
static bool among(const long *list, size_t count, uint64_t number)
{
    for (size_t i = 0; i < count; i++)
        if (number == (uint64_t)list[i])
            return true;
    return false;
}

/* Where that cannot be seen it counts as one: rather a point too many. */
static bool is_socket(pid_t pid, uint64_t fd)
{
    char link[64], target[64];
    snprintf(link, sizeof link, "/proc/%ld/fd/%d", (long)pid, (int)fd);
    ssize_t length = readlink(link, target, sizeof target - 1);
    return length < 0 ? errno != ENOENT : length >= 7 && memcmp(target, "socket:", 7) == 0;
}

static enum kill_call kind_of(pid_t pid, uint64_t number, const uint64_t arguments[6])
{
    if (AMONG(changes, number))
        return KILL_CHANGES;
    if (AMONG(sends, number))
        return KILL_SENDS;
    if (AMONG(receives, number))
        return KILL_RECEIVES;
#ifdef SYS_open
    if (number == SYS_open)
        return (arguments[1] & O_CREAT) != 0 ? KILL_CHANGES : KILL_CALL_COUNT;
#endif
    if (number == SYS_openat)
        return (arguments[2] & O_CREAT) != 0 ? KILL_CHANGES : KILL_CALL_COUNT;
    if (number == SYS_read || number == SYS_readv)
        return is_socket(pid, arguments[0]) ? KILL_RECEIVES : KILL_CALL_COUNT;
    return KILL_CALL_COUNT;
}

/* Will a receive get something, now or after waiting for it? We look at the same socket without
 * taking anything. Where that is not permitted the call counts as one. */
static bool will_receive(pid_t pid, uint64_t number, const uint64_t arguments[6])
{
    bool found = true;
#if defined SYS_pidfd_open && defined SYS_pidfd_getfd
    char byte;
    uint64_t flags = number == SYS_recvmsg                                ? arguments[2]
                     : number == SYS_recvfrom || number == SYS_recvmmsg ? arguments[3]
                                                                          : 0;
    int process = (int)syscall(SYS_pidfd_open, pid, 0);
    int same = process < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, process, (int)arguments[0], 0);
    if (same >= 0) {
        bool waits = (flags & MSG_DONTWAIT) == 0 && (fcntl(same, F_GETFL) & O_NONBLOCK) == 0;
        found = waits || recv(same, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0;
        close(same);
    }
    if (process >= 0)
        close(process);
#endif
    return found;
}

/* --- the processes under the tracer ------------------------------------------------------------*/

enum { TRACEES = 64 };

struct tracee {
    pid_t pid;    /* 0: the place is free */
    bool watched; /* it is, or was forked by, the program of the point */
    bool known;   /* its parent told of it, or it is the first */
    bool held;    /* stopped at its birth until its parent tells of it */
    enum kill_call in;   /* the kind of the call that it is in */
    enum kill_call last; /* and of the last that it came out of, which was the last_at-th; */
    long last_at;        /* 0 when it has since done what is not traceless */
};

struct tracer {
    const struct kill_point *point;
    struct tracee tracees[TRACEES];
    pid_t first;
    long count;
    long done[KILL_CALL_COUNT]; /* points after a call of each kind */
    bool over; /* nobody is to be killed any more */
    struct kill_run run;
};

static struct tracee *find(struct tracer *tracer, pid_t pid)
{
    struct tracee *vacant = NULL;
    for (size_t i = 0; i < TRACEES; i++) {
        if (tracer->tracees[i].pid == pid)
            return &tracer->tracees[i];
        if (tracer->tracees[i].pid == 0 && vacant == NULL)
            vacant = &tracer->tracees[i];
    }
    if (vacant != NULL)
        *vacant = (struct tracee){.pid = pid, .in = KILL_CALL_COUNT};
    return vacant;
}

static bool any_left(const struct tracer *tracer)
{
    for (size_t i = 0; i < TRACEES; i++)
        if (tracer->tracees[i].pid != 0)
            return true;
    return false;
}

static void let_go(struct tracee *tracee, int signal)
{
    ptrace(PTRACE_DETACH, tracee->pid, NULL, (void *)(intptr_t)signal);
    tracee->pid = 0;
}

/* A program that is not watched runs at full speed; only the first may still start one that is. */
static void go_on(struct tracer *tracer, struct tracee *tracee, int signal)
{
    if (tracer->over && tracee->pid != tracer->first)
        let_go(tracee, signal);
    else
        ptrace(tracee->watched && !tracer->over ? PTRACE_SYSCALL : PTRACE_CONT, tracee->pid, NULL,
               (void *)(intptr_t)signal);
}

/* Whether this stop is a point of the wanted kind and side. Keeps for each process what it did
 * last. */
static bool is_point(struct tracer *tracer, struct tracee *tracee,
                     const struct __ptrace_syscall_info *info)
{
    const struct kill_point *point = tracer->point;
    if (info->op == PTRACE_SYSCALL_INFO_ENTRY) {
        const uint64_t *arguments = (const uint64_t *)info->entry.args;
        uint64_t number = info->entry.nr;
        tracee->in = kind_of(tracee->pid, number, arguments);
        if (tracee->in == KILL_CALL_COUNT && !AMONG(traceless, number))
            tracee->last_at = 0;
        return tracee->in == point->call && !point->after &&
               (tracee->in != KILL_RECEIVES || will_receive(tracee->pid, number, arguments));
    }
    enum kill_call out = tracee->in;
    tracee->in = KILL_CALL_COUNT;
    if (info->op != PTRACE_SYSCALL_INFO_EXIT || out == KILL_CALL_COUNT)
        return false;
    bool received_nothing = out == KILL_RECEIVES && info->exit.rval < 0;
    tracee->last = out;
    tracee->last_at = received_nothing ? 0 : ++tracer->done[out];
    return out == point->call && point->after && !received_nothing;
}

/* True when the point is reached and the process has been killed: SIGKILL ends the stop too, and a
 * call that had not begun does not begin (ptrace(2)). */
static bool at_call(struct tracer *tracer, struct tracee *tracee)
{
    struct __ptrace_syscall_info info;
    memset(&info, 0, sizeof info);
    if (ptrace(PTRACE_GET_SYSCALL_INFO, tracee->pid, (void *)sizeof info, &info) <= 0 ||
        !is_point(tracer, tracee, &info) || ++tracer->count != tracer->point->at)
        return false;
    tracer->run.reached = tracer->over = true;
    if (!tracer->point->after) {
        tracer->run.twin_call = tracee->last;
        tracer->run.twin_at = tracee->last_at;
    }
    kill(tracee->pid, SIGKILL);
    return true;
}

static void born(struct tracer *tracer, const struct tracee *parent)
{
    unsigned long pid = 0;
    if (ptrace(PTRACE_GETEVENTMSG, parent->pid, NULL, &pid) < 0)
        return;
    struct tracee *child = find(tracer, (pid_t)pid);
    if (child == NULL)
        return;
    child->known = true;
    child->watched = parent->watched;
    if (child->held) {
        child->held = false;
        go_on(tracer, child, 0);
    }
}

/* A program is told by the name that it was started under. */
static void replaced(struct tracer *tracer, struct tracee *tracee)
{
    char link[64], path[WORLD_PATH];
    snprintf(link, sizeof link, "/proc/%ld/exe", (long)tracee->pid);
    ssize_t length = readlink(link, path, sizeof path - 1);
    path[length < 0 ? 0 : length] = '\0';
    const char *slash = strrchr(path, '/');
    tracee->watched = slash != NULL && strcmp(slash + 1, tracer->point->program) == 0;
    tracee->in = KILL_CALL_COUNT;
    tracee->last_at = 0;
    if (tracee->watched || tracee->pid == tracer->first)
        go_on(tracer, tracee, 0);
    else
        let_go(tracee, 0);
}

static void stopped(struct tracer *tracer, struct tracee *tracee, int status)
{
    int signal = WSTOPSIG(status);
    int event = (unsigned)status >> 16;
    if (!tracee->known && signal == SIGSTOP && !tracer->over) {
        tracee->held = true;
        return;
    }
    if (event == PTRACE_EVENT_EXEC) {
        replaced(tracer, tracee);
        return;
    }
    if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK || event == PTRACE_EVENT_CLONE)
        born(tracer, tracee);
    else if (signal == (SIGTRAP | 0x80) && tracee->watched && !tracer->over &&
             at_call(tracer, tracee))
        return;
    /* SIGSTOP is how a traced process is born; nobody sends one here. */
    bool ours = event != 0 || signal == (SIGTRAP | 0x80) || signal == SIGSTOP;
    go_on(tracer, tracee, ours ? 0 : signal);
}

static void ended(struct tracer *tracer, pid_t pid, int status)
{
    struct tracee *tracee = find(tracer, pid);
    if (tracee != NULL)
        tracee->pid = 0;
    if (pid == tracer->first)
        tracer->run.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* --- a run -------------------------------------------------------------------------------------*/

static void nothing(int signal)
{
    (void)signal;
}

static void set_alarm(long milliseconds)
{
    struct sigaction action = {.sa_handler = nothing}; /* no SA_RESTART: waiting ends */
    struct itimerval timer = {.it_interval = {.tv_usec = milliseconds > 0 ? 100000 : 0},
                              .it_value = {.tv_sec = milliseconds / 1000}};
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &timer, NULL);
}

static void end_all(struct tracer *tracer)
{
    tracer->run.late = true;
    tracer->over = true;
    for (size_t i = 0; i < TRACEES; i++)
        if (tracer->tracees[i].pid != 0)
            kill(tracer->tracees[i].pid, SIGKILL);
}

static void follow(struct tracer *tracer)
{
    int status;
    while (any_left(tracer)) {
        pid_t pid = waitpid(-1, &status, __WALL);
        if (pid < 0 && errno == EINTR)
            end_all(tracer);
        else if (pid < 0)
            return;
        else if (WIFSTOPPED(status)) {
            struct tracee *tracee = find(tracer, pid);
            if (tracee != NULL)
                stopped(tracer, tracee, status);
        } else
            ended(tracer, pid, status);
    }
}

static pid_t start(char *const argv[], char *const environment[], const char *output)
{
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    int null = open("/dev/null", O_RDONLY);
    int out = open(output, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (null < 0 || out < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
        _exit(126);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
        _exit(126);
    raise(SIGSTOP);
    execve(argv[0], argv, environment);
    _exit(127);
}

bool trace_run(const struct kill_point *point, char *const argv[], char *const environment[],
               const char *output, struct kill_run *ret_run)
{
    static struct tracer tracer;
    tracer = (struct tracer){.point = point};
    int status = 0;
    tracer.first = start(argv, environment, output);
    if (tracer.first < 0 || waitpid(tracer.first, &status, __WALL) != tracer.first)
        return false;
    long options = PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC |
                   PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE;
    if (!WIFSTOPPED(status) ||
        ptrace(PTRACE_SETOPTIONS, tracer.first, NULL, (void *)(intptr_t)options) < 0) {
        if (WIFSTOPPED(status)) {
            kill(tracer.first, SIGKILL);
            waitpid(tracer.first, &status, __WALL);
        }
        errno = EPERM;
        return false;
    }
    struct tracee *first = find(&tracer, tracer.first);
    first->known = true;
    set_alarm(KILL_LIMIT_MS);
    go_on(&tracer, first, 0);
    follow(&tracer);
    set_alarm(0);
    *ret_run = tracer.run;
    return true;
}
