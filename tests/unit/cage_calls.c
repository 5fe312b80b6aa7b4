/* What a cage refuses, call by call: the whole list, and nothing that is not on it.
 *
 * A process in a cage makes every call that there is. It has put a filter of its own behind the
 * cage's, by which the kernel answers ENOSYS to what the cage lets through and does nothing
 * (SECCOMP_RET_TRACE without a tracer; what a cage refuses comes before it, see seccomp(2)). So
 * each answer is the cage's, whatever the kernel has and whoever runs the test: EPERM is "refused",
 * ENOSYS is "would have been done". The lists here are this test's own. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "base/cage.h"
#include "runner/confine.h"

#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__)) && defined(__LP64__)

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    NUMBERS = 1024, /* twice what any kernel has */
    X32 = 0x40000000,
    FASTOPEN = 0x20000000, /* MSG_FASTOPEN */
    SHOWN = 20,            /* of what is wrong */
    ENTER_FAILED = 3,
    NO_SECCOMP = 4,
    NO_ANSWERS = 5,
};

/* --- what is to be refused ---------------------------------------------------------------------*/

struct call {
    const char *name;
    long number;
};

#define CALL(name)                                                                                 \
    {                                                                                              \
#name, SYS_##name                                                                          \
    }

static const struct call in_both[] = {
    CALL(execve),
    CALL(execveat),
#ifndef WITH_SANITIZERS
    CALL(ptrace),
#endif
    CALL(process_vm_readv),
    CALL(process_vm_writev),
    CALL(kcmp),
    {"pidfd_getfd", 438},
    {"process_madvise", 440},
    {"io_uring_setup", 425},
    {"io_uring_enter", 426},
    {"io_uring_register", 427},
    CALL(unshare),
    CALL(setns),
    CALL(chroot),
    CALL(pivot_root),
    CALL(mount),
    CALL(umount2),
    {"open_tree", 428},
    {"move_mount", 429},
    {"fsopen", 430},
    {"fsconfig", 431},
    {"fsmount", 432},
    {"fspick", 433},
    {"mount_setattr", 442},
    {"open_tree_attr", 467},
    CALL(open_by_handle_at),
    CALL(name_to_handle_at),
    CALL(personality),
    CALL(bpf),
    CALL(perf_event_open),
    CALL(userfaultfd),
    CALL(keyctl),
    CALL(add_key),
    CALL(request_key),
    CALL(init_module),
    CALL(finit_module),
    CALL(delete_module),
    CALL(kexec_load),
    CALL(kexec_file_load),
    CALL(reboot),
    CALL(swapon),
    CALL(swapoff),
    CALL(acct),
    CALL(quotactl),
    {"quotactl_fd", 443},
    CALL(syslog),
    CALL(vhangup),
    CALL(settimeofday),
    CALL(clock_settime),
    CALL(adjtimex),
    CALL(clock_adjtime),
    CALL(sethostname),
    CALL(setdomainname),
    CALL(lookup_dcookie),
    CALL(fanotify_init),
#ifdef __x86_64__
    CALL(iopl),
    CALL(ioperm),
    CALL(modify_ldt),
    CALL(uselib),
    CALL(ustat),
    CALL(sysfs),
    CALL(_sysctl),
#endif
    CALL(listen),
    CALL(accept),
    CALL(accept4),
};
static const struct call in_front[] = {CALL(socket), CALL(socketpair), CALL(connect), CALL(bind)};
/* With arguments that are all 0: of no family, of no type. What they may be is in `by_arguments`.
 */
static const struct call in_keeper[] = {CALL(socket), CALL(socketpair)};

static const struct with_arguments {
    const char *what;
    long number;
    uint64_t arguments[4];
    bool front, keeper; /* refused there */
} by_arguments[] = {
    {"typing into the terminal", SYS_ioctl, {0, TIOCSTI}, true, true},
    {"the same, with bits that the kernel drops", SYS_ioctl, {0, 7ULL << 32 | TIOCSTI}, true, true},
    {"pasting into the console", SYS_ioctl, {0, 0x541C /* TIOCLINUX */}, true, true},
    {"the size of the terminal", SYS_ioctl, {0, TIOCGWINSZ}, false, false},
    {"a child", SYS_clone, {SIGCHLD}, false, false},
    {"a thread", SYS_clone, {0x3d0f00}, false, false}, /* as the C library makes one */
    {"a child in its own mounts", SYS_clone, {0x00020000 | SIGCHLD}, true, true},
    {"a child in its own groups of control", SYS_clone, {0x02000000 | SIGCHLD}, true, true},
    {"a child with a host's name of its own", SYS_clone, {0x04000000 | SIGCHLD}, true, true},
    {"a child with queues of its own", SYS_clone, {0x08000000 | SIGCHLD}, true, true},
    {"a child that is root of its own users", SYS_clone, {0x10000000 | SIGCHLD}, true, true},
    {"a child among its own processes", SYS_clone, {0x20000000 | SIGCHLD}, true, true},
    {"a child in a network of its own", SYS_clone, {0x40000000 | SIGCHLD}, true, true},
    {"any socket for TCP", SYS_socket, {AF_INET, SOCK_STREAM, 0}, true, false},
    {"TCP", SYS_socket, {AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 6}, true, false},
    {"UDP", SYS_socket, {AF_INET, SOCK_DGRAM, 17}, true, false},
    {"ICMP", SYS_socket, {AF_INET, SOCK_DGRAM, 1}, true, true},
    {"SCTP", SYS_socket, {AF_INET, SOCK_STREAM, 132}, true, true},
    {"MPTCP", SYS_socket, {AF_INET, SOCK_STREAM, 262}, true, true},
    {"any socket for TCP, IPv6", SYS_socket, {AF_INET6, SOCK_STREAM, 0}, true, false},
    {"TCP, IPv6", SYS_socket, {AF_INET6, SOCK_STREAM, 6}, true, false},
    {"UDP, IPv6", SYS_socket, {AF_INET6, SOCK_DGRAM, 17}, true, false},
    {"SCTP, IPv6", SYS_socket, {AF_INET6, SOCK_STREAM, 132}, true, true},
    {"MPTCP, IPv6", SYS_socket, {AF_INET6, SOCK_STREAM, 262}, true, true},
    {"netlink for addresses", SYS_socket, {AF_NETLINK, SOCK_RAW, 0}, true, false},
    {"netlink for the audit", SYS_socket, {AF_NETLINK, SOCK_RAW, 9}, true, true},
    {"a local socket", SYS_socket, {AF_UNIX, SOCK_STREAM, 0}, true, true},
    {"raw packets", SYS_socket, {17 /* AF_PACKET */, SOCK_RAW, 0}, true, true},
    {"the kernel's ciphers", SYS_socket, {38 /* AF_ALG */, SOCK_SEQPACKET, 0}, true, true},
    {"the machine's host", SYS_socket, {40 /* AF_VSOCK */, SOCK_STREAM, 0}, true, true},
    {"a pair of streams", SYS_socketpair, {AF_UNIX, SOCK_STREAM, 0}, true, false},
    {"the same, as libcurl has it",
     SYS_socketpair,
     {AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0},
     true,
     false},
    {"a pair of datagrams", SYS_socketpair, {AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0}, true, true},
    {"a pair of packets", SYS_socketpair, {AF_UNIX, SOCK_SEQPACKET, 0}, true, true},
    {"sendto", SYS_sendto, {0, 0, 0, MSG_NOSIGNAL}, false, false},
    {"sendto that connects", SYS_sendto, {0, 0, 0, MSG_NOSIGNAL | FASTOPEN}, false, true},
    {"sendmsg", SYS_sendmsg, {0, 0, MSG_NOSIGNAL}, false, false},
    {"sendmsg that connects", SYS_sendmsg, {0, 0, MSG_NOSIGNAL | FASTOPEN}, false, true},
    {"sendmmsg", SYS_sendmmsg, {0, 0, 0, MSG_NOSIGNAL}, false, false},
    {"sendmmsg that connects", SYS_sendmmsg, {0, 0, 0, MSG_NOSIGNAL | FASTOPEN}, false, true},
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* --- a process in a cage, that makes the calls -------------------------------------------------*/

struct answers { /* errno; 0 for a call that was done */
    int plain[NUMBERS], x32[NUMBERS], with_arguments[COUNT(by_arguments)];
};
static struct answers *answers; /* shared with that process */

typedef bool enter(struct cage_report *report);

static bool enter_front(struct cage_report *report)
{
    return front_confine(NULL, NULL, report, NULL);
}

static bool enter_keeper(struct cage_report *report)
{
    struct cage cage;
    cage_init(&cage, CAGE_CLIENT);
    cage_close(&cage, report);
    cage_release(&cage);
    return true;
}

static bool enter_nothing(struct cage_report *report)
{
    *report = (struct cage_report){.closed = false};
    return true;
}

/* From now on nothing is done any more but the end of the process. */
static bool hold_everything(void)
{
    struct sock_filter steps[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
    };
    struct sock_fprog filter = {COUNT(steps), steps};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) == 0 &&
           syscall(SYS_getppid) == -1 && errno == ENOSYS;
}

/* The end; and of x86-64 uretprobe and uprobe, which the kernel keeps from filters, and which end
 * everybody but the code that the kernel itself puts into a program. */
static bool is_not_made(long number)
{
#ifdef __x86_64__
    if (number == 335 || number == 336)
        return true;
#endif
    return number == SYS_exit_group;
}

static int answer_to(long number, const uint64_t *arguments)
{
    return syscall(number, arguments[0], arguments[1], arguments[2], arguments[3], 0L, 0L) == -1
               ? errno
               : 0;
}

static _Noreturn void make_the_calls(enter *go_in)
{
    static const uint64_t zeros[4];
    struct cage_report report;
    int status = 0;
    static const int faults[] = {SIGSEGV, SIGILL, SIGSYS, SIGBUS, SIGFPE};
    for (size_t i = 0; i < COUNT(faults); i++)
        signal(faults[i], SIG_DFL); /* cmocka's would go on with the tests */
    if (!go_in(&report))
        status = ENTER_FAILED;
    else if (report.closed && report.calls_failed != 0)
        status = NO_SECCOMP;
    else if (!hold_everything())
        status = NO_ANSWERS;
    for (long i = 0; status == 0 && i < NUMBERS; i++) {
        if (!is_not_made(i))
            answers->plain[i] = answer_to(i, zeros);
        answers->x32[i] = answer_to(X32 | i, zeros);
    }
    for (size_t i = 0; status == 0 && i < COUNT(by_arguments); i++)
        answers->with_arguments[i] = answer_to(by_arguments[i].number, by_arguments[i].arguments);
    for (;;)
        syscall(SYS_exit_group, status);
}

/* False, and said, where the kernel has no seccomp. */
static bool ask(enter *go_in)
{
    int status = -1;
    memset(answers, 0xff, sizeof *answers);
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        make_the_calls(go_in);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == NO_SECCOMP)
        puts("# not tried: this kernel has no seccomp");
    else
        assert_int_equal(WEXITSTATUS(status), 0);
    return WEXITSTATUS(status) == 0;
}

/* --- what is compared --------------------------------------------------------------------------*/

static int wrong;

static void compare(const char *what, long number, int found, bool refused)
{
    if (found == (refused ? EPERM : ENOSYS))
        return;
    if (++wrong > SHOWN)
        return;
    printf("# %s (call %ld): %s, but is to be %s\n", what, number,
           found == EPERM ? "refused" : strerror(found), refused ? "refused" : "let through");
}

static const char *name_in(const struct call *calls, size_t count, long number)
{
    for (size_t i = 0; i < count; i++)
        if (calls[i].number == number)
            return calls[i].name;
    return NULL;
}

/* Every number that there may be, against what is refused in both and in this one. */
static void compare_numbers(const struct call *more, size_t count)
{
    for (long i = 0; i < NUMBERS; i++) {
        const char *name = name_in(in_both, COUNT(in_both), i);
        if (name == NULL)
            name = name_in(more, count, i);
        if (!is_not_made(i))
            compare(name != NULL ? name : "a call of neither list", i, answers->plain[i],
                    name != NULL);
    }
}

static void x32_is_refused(void)
{
#ifdef __x86_64__
    for (long i = 0; i < NUMBERS; i++)
        compare("by x32", i, answers->x32[i], true);
#endif
}

static void nothing_is_refused_outside(void **state)
{
    (void)state;
    wrong = 0;
    assert_true(ask(enter_nothing));
    for (long i = 0; i < NUMBERS; i++) {
        if (!is_not_made(i))
            compare("outside", i, answers->plain[i], false);
        compare("outside, by x32", i, answers->x32[i], false);
    }
    for (size_t i = 0; i < COUNT(by_arguments); i++)
        compare(by_arguments[i].what, by_arguments[i].number, answers->with_arguments[i], false);
    assert_int_equal(wrong, 0);
}

static void front_refuses_the_list(void **state)
{
    (void)state;
    wrong = 0;
    if (!ask(enter_front))
        return;
    compare_numbers(in_front, COUNT(in_front));
    x32_is_refused();
    for (size_t i = 0; i < COUNT(by_arguments); i++)
        compare(by_arguments[i].what, by_arguments[i].number, answers->with_arguments[i],
                by_arguments[i].front);
    assert_int_equal(wrong, 0);
}

static void keeper_refuses_the_list(void **state)
{
    (void)state;
    wrong = 0;
    if (!ask(enter_keeper))
        return;
    compare_numbers(in_keeper, COUNT(in_keeper));
    x32_is_refused();
    for (size_t i = 0; i < COUNT(by_arguments); i++)
        compare(by_arguments[i].what, by_arguments[i].number, answers->with_arguments[i],
                by_arguments[i].keeper);
    assert_int_equal(wrong, 0);
}

static int start(void **state)
{
    (void)state;
    unsetenv("KEYWRIGHT_SANDBOX");
    answers =
        mmap(NULL, sizeof *answers, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return answers == MAP_FAILED ? -1 : 0;
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (getenv("KEYWRIGHT_VALGRIND") != NULL) {
        puts("# left out under valgrind: cage_calls (it has calls and ends of its own for what it "
             "does not know)");
        return 0;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_refused_outside),
        cmocka_unit_test(front_refuses_the_list),
        cmocka_unit_test(keeper_refuses_the_list),
    };
    return cmocka_run_group_tests_name("cage_calls", tests, start, NULL);
}

#else /* as in base/cage_calls.c */

int main(void)
{
    puts("1..0 # SKIP calls are closed on Linux, on x86-64 and AArch64");
    return 0;
}

#endif
