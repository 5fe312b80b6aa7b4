#define _GNU_SOURCE
#include "tests/secrets/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/secrets/memory.h"

enum { TASKS_MAX = 64, FDS_MAX = 1024, POLL_MAX = 256, INPUT_MAX = 1 << 20 };

enum program { OTHER, FRONT, KEEPER, PROGRAMS };

/* A process or thread. */
struct task {
    pid_t pid; /* 0: the place is free */
    bool stopped_before; /* its first stop has been seen */
    enum program program;
    bool looking; /* false while the front's environment still has to be hidden */
    bool sealed;  /* ... and the next call shows that it is */
    bool owns;    /* the descriptors of memory */
    struct memory memory;
    unsigned long number, arguments[6]; /* of the call in hand */
    bool network[FDS_MAX];              /* descriptors that are internet sockets */
};

struct count {
    unsigned long programs, inputs, waits, scans;
    struct memory_sum sum;
};

static struct task tasks[TASKS_MAX];
static struct count counts[PROGRAMS];
static struct needles *wanted;
static const struct watch_options *options;
static bool blind; /* something could not be looked at */

static const char *const program_names[PROGRAMS] = {"", "front", "keeper"};

static struct task *task_of(pid_t pid)
{
    struct task *place = NULL;
    for (size_t i = 0; i < TASKS_MAX; i++) {
        if (tasks[i].pid == pid)
            return &tasks[i];
        if (tasks[i].pid == 0 && place == NULL)
            place = &tasks[i];
    }
    if (place == NULL) {
        fputs("scan: too many processes\n", stderr);
        exit(2);
    }
    *place = (struct task){.pid = pid};
    return place;
}

static void unreadable(const struct task *task, const char *what)
{
    blind = true;
    fprintf(options->report, "%s (%d): %s: %s\n", program_names[task->program], (int)task->pid,
            what, strerror(errno));
}

/* --- looking -----------------------------------------------------------------------------------*/

static void look_at_all(struct task *task, enum memory_what what, bool arena, const char *excused,
                        const char *when)
{
    struct memory_rule rule = {.arena = arena,
                               .excused = excused,
                               .who = program_names[task->program],
                               .when = when,
                               .report = options->report};
    counts[task->program].scans++;
    if (!memory_scan(&task->memory, wanted, what, &rule, &counts[task->program].sum))
        unreadable(task, "its memory cannot be read");
}

struct input {
    const struct task *task;
    const char *call;
};

static void found_in_input(void *context, const struct hit *hit)
{
    const struct input *input = context;
    counts[FRONT].sum.leaks++;
    fprintf(options->report, "front (%d), %s brings in: %s as %s, %zu bytes, from its byte %zu\n",
            (int)input->task->pid, input->call, hit->name, hit->form, hit->length, hit->of);
}

static void look_at_input(struct task *task, const char *call, unsigned long address, size_t length)
{
    static unsigned char bytes[INPUT_MAX];
    struct input input = {task, call};
    counts[FRONT].inputs++;
    for (size_t done = 0; done < length;) {
        size_t piece = length - done < sizeof bytes ? length - done : sizeof bytes;
        size_t got = memory_read(&task->memory, address + done, bytes, piece);
        counts[FRONT].sum.bytes += got;
        needles_search(wanted, bytes, got, found_in_input, &input);
        if (got < piece || done + piece == length)
            return;
        done += piece - NEEDLES_OVERLAP;
    }
}

/* --- calls -------------------------------------------------------------------------------------*/

static bool is_wait(unsigned long number)
{
    switch (number) {
#ifdef SYS_poll
    case SYS_poll:
#endif
#ifdef SYS_select
    case SYS_select:
#endif
#ifdef SYS_epoll_wait
    case SYS_epoll_wait:
#endif
#ifdef SYS_pause
    case SYS_pause:
#endif
    case SYS_ppoll:
    case SYS_pselect6:
    case SYS_epoll_pwait:
    case SYS_nanosleep:
    case SYS_clock_nanosleep:
    case SYS_wait4:
    case SYS_waitid:
    case SYS_rt_sigtimedwait:
        return true;
    default:
        return false;
    }
}

static bool is_poll(unsigned long number)
{
#ifdef SYS_poll
    if (number == SYS_poll)
        return true;
#endif
    return number == SYS_ppoll;
}

/* A call that only asks is no moment of rest: the keeper is in the middle of something. */
static bool only_asks(const struct task *task)
{
    struct timespec limit = {.tv_sec = 1};
    if (task->number == SYS_wait4)
        return (task->arguments[2] & WNOHANG) != 0;
    if (task->number == SYS_waitid)
        return (task->arguments[3] & WNOHANG) != 0;
#ifdef SYS_poll
    if (task->number == SYS_poll)
        return (int)task->arguments[2] == 0;
#endif
    return task->number == SYS_ppoll && task->arguments[2] != 0 &&
           memory_read(&task->memory, task->arguments[2], &limit, sizeof limit) == sizeof limit &&
           limit.tv_sec == 0 && limit.tv_nsec == 0;
}

/* Does the poll in hand wait for the network? */
static bool awaits_network(const struct task *task)
{
    struct pollfd fds[POLL_MAX];
    size_t count = task->arguments[1] < POLL_MAX ? task->arguments[1] : POLL_MAX;
    if (!is_poll(task->number) ||
        memory_read(&task->memory, task->arguments[0], fds, count * sizeof *fds) !=
            count * sizeof *fds)
        return false;
    for (size_t i = 0; i < count; i++)
        if (fds[i].fd >= 0 && fds[i].fd < FDS_MAX && task->network[fds[i].fd])
            return true;
    return false;
}

static void before_call(struct task *task)
{
    bool ends = task->number == SYS_exit_group;
    if (task->sealed && !task->looking) {
        task->looking = true;
        look_at_all(task, MEMORY_CHANGING, false, NULL, "after hiding its environment");
    }
    if (!task->looking)
        return;
    if (ends) {
        look_at_all(task, MEMORY_ALL, false, NULL, "when it ends");
        return;
    }
    if (!is_wait(task->number) || (task->program == KEEPER && only_asks(task)))
        return;
    counts[task->program].waits++;
    if (task->program == FRONT)
        look_at_all(task, MEMORY_CHANGING, false, NULL, "while it waits");
    else if (awaits_network(task))
        look_at_all(task, MEMORY_CHANGING, true, options->excused, "while it waits for the network");
    else
        look_at_all(task, MEMORY_CHANGING, true, NULL, "while it waits");
}

static void after_call(struct task *task, long result)
{
    if (task->number == SYS_socket && result >= 0 && result < FDS_MAX)
        task->network[result] = task->arguments[0] == AF_INET || task->arguments[0] == AF_INET6;
    if (task->number == SYS_close && task->arguments[0] < FDS_MAX)
        task->network[task->arguments[0]] = false;
    if (task->program != FRONT)
        return;
    if (task->number == SYS_fcntl && task->arguments[1] == F_ADD_SEALS)
        task->sealed = true;
    if (!task->looking || result <= 0)
        return;
    switch (task->number) {
    case SYS_read:
    case SYS_pread64:
        look_at_input(task, "a read", task->arguments[1], (size_t)result);
        break;
    case SYS_recvfrom:
        look_at_input(task, "a receive", task->arguments[1], (size_t)result);
        break;
    case SYS_mmap:
        if ((int)task->arguments[4] >= 0)
            look_at_input(task, "a mapped file", (unsigned long)result, task->arguments[1]);
        break;
    case SYS_readv:
    case SYS_preadv:
    case SYS_recvmsg:
        counts[FRONT].inputs++;
        look_at_all(task, MEMORY_CHANGING, false, NULL, "after a read into several places");
        break;
    default:
        break;
    }
}

/* --- processes ---------------------------------------------------------------------------------*/

static enum program program_of(pid_t pid)
{
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/%d/exe", (int)pid);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0)
        return OTHER;
    path[length] = '\0';
    const char *name = strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path;
    return strcmp(name, options->front) == 0    ? FRONT
           : strcmp(name, options->keeper) == 0 ? KEEPER
                                                : OTHER;
}

static void forget_memory(struct task *task)
{
    if (task->owns)
        memory_close(&task->memory);
    task->owns = false;
}

static void count_environ(void *context, const struct hit *hit)
{
    (void)hit;
    ++*(size_t *)context;
}

/* Did the kernel give it a secret in its environment? That is allowed to the front. */
static bool has_secret_environment(pid_t pid)
{
    static char bytes[INPUT_MAX];
    char path[64];
    size_t hits = 0, length = 0;
    snprintf(path, sizeof path, "/proc/%d/environ", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    for (ssize_t got; fd >= 0 && (got = read(fd, bytes + length, sizeof bytes - length)) > 0;)
        length += (size_t)got;
    if (fd >= 0)
        close(fd);
    needles_search(wanted, (unsigned char *)bytes, length, count_environ, &hits);
    return hits > 0;
}

static void became(struct task *task)
{
    forget_memory(task);
    task->program = program_of(task->pid);
    task->looking = task->sealed = false;
    memset(task->network, 0, sizeof task->network);
    if (task->program == OTHER)
        return;
    counts[task->program].programs++;
    if (!memory_open(task->pid, &task->memory)) {
        unreadable(task, "its memory cannot be opened");
        task->program = OTHER;
        return;
    }
    task->owns = true;
    task->looking = task->program == KEEPER || !has_secret_environment(task->pid);
    if (task->looking)
        look_at_all(task, MEMORY_CHANGING, false, NULL, "when it begins");
}

/* A child is the same program until it becomes another. */
static void made_child(struct task *parent, int event)
{
    unsigned long pid = 0;
    if (ptrace(PTRACE_GETEVENTMSG, parent->pid, NULL, &pid) != 0 || parent->program == OTHER)
        return;
    struct task *child = task_of((pid_t)pid);
    child->program = parent->program;
    child->looking = parent->looking;
    child->sealed = parent->sealed;
    memcpy(child->network, parent->network, sizeof child->network);
    child->memory = parent->memory; /* shared by threads, and after a vfork until it becomes another */
    child->owns = event == PTRACE_EVENT_FORK && memory_open(child->pid, &child->memory);
    if (event == PTRACE_EVENT_FORK && !child->owns) {
        unreadable(child, "the memory of its child cannot be opened");
        child->program = OTHER;
    }
    if (event == PTRACE_EVENT_VFORK) /* it does nothing but set its descriptors up */
        child->looking = false;
}

/* Returns the signal to hand on. */
static int stopped(struct task *task, int status)
{
    needles_refresh(wanted);
    int signal = WSTOPSIG(status), event = status >> 16;
    if (signal == (SIGTRAP | 0x80)) {
        struct __ptrace_syscall_info info;
        if (ptrace(PTRACE_GET_SYSCALL_INFO, task->pid, sizeof info, &info) <= 0)
            return 0;
        if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
            task->number = (unsigned long)info.entry.nr;
            for (int i = 0; i < 6; i++)
                task->arguments[i] = (unsigned long)info.entry.args[i];
            if (task->program != OTHER)
                before_call(task);
        } else if (info.op == PTRACE_SYSCALL_INFO_EXIT && task->program != OTHER) {
            after_call(task, (long)info.exit.rval);
        }
        return 0;
    }
    if (event == PTRACE_EVENT_EXEC)
        became(task);
    else if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK ||
             event == PTRACE_EVENT_CLONE)
        made_child(task, event);
    if (event != 0)
        return 0;
    bool first = !task->stopped_before;
    task->stopped_before = true;
    return first && signal == SIGSTOP ? 0 : signal;
}

static pid_t start(char **command)
{
    pid_t pid = fork();
    if (pid == 0) {
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
            _exit(126);
        raise(SIGSTOP);
        execvp(command[0], command);
        _exit(127);
    }
    int status = 0;
    if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
        return -1;
    unsigned long flags = PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK |
                          PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;
    if (ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)flags) != 0)
        return -1;
    task_of(pid)->stopped_before = true;
    return ptrace(PTRACE_SYSCALL, pid, NULL, NULL) == 0 ? pid : -1;
}

static void tell(enum program program)
{
    const struct count *count = &counts[program];
    fprintf(options->report,
            "# %s: %lu started, %lu inputs, %lu waits, %lu scans, %zu MiB looked at, %zu leaks, "
            "%zu secrets where they may be\n",
            program_names[program], count->programs, count->inputs, count->waits, count->scans,
            count->sum.bytes >> 20, count->sum.leaks, count->sum.allowed);
}

int watch(struct needles *needles, const struct watch_options *how, char **command)
{
    int status = 0, ended = -1;
    wanted = needles;
    options = how;
    pid_t main_pid = start(command);
    if (main_pid < 0) {
        fprintf(stderr, "scan: ptrace is not allowed here: %s\n", strerror(errno));
        return 2;
    }
    for (pid_t pid; (pid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR;) {
        if (pid <= 0)
            continue;
        struct task *task = task_of(pid);
        if (!WIFSTOPPED(status)) {
            if (pid == main_pid)
                ended = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            forget_memory(task);
            task->pid = 0;
            continue;
        }
        int signal = stopped(task, status);
        ptrace(PTRACE_SYSCALL, pid, NULL, (void *)(long)signal);
    }
    tell(FRONT);
    tell(KEEPER);
    fprintf(options->report, "# the command ended with %d\n", ended);
    size_t leaks = counts[FRONT].sum.leaks + counts[KEEPER].sum.leaks;
    return leaks > 0 ? 1 : blind ? 2 : 0;
}
