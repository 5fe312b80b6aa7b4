/* The cages of front and keeper: what is refused, tried by a process that is in one (each system
 * call is in cage_calls.c); that what is needed still works there; and what is done on a kernel
 * that has less. A check that this kernel cannot make says so. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cage.h"
#include "runner/confine.h"

#ifdef __linux__
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>

/* --- a kernel of another age -------------------------------------------------------------------*/

static long pretended_abi = -1; /* what the kernel says of Landlock; -1: the truth */
static uint64_t asked[3];       /* what it was asked to handle: files, ports, scopes */

/* In place of the C library's: cage.c asks for Landlock by number. Like that one it takes six
 * arguments whatever there are, from the caller's stack if need be, which the address sanitizer
 * would not have. */
__attribute__((no_sanitize_address)) long syscall(long number, ...)
{
    static long (*real)(long, ...);
    va_list args;
    va_start(args, number);
    long a = va_arg(args, long), b = va_arg(args, long), c = va_arg(args, long);
    long d = va_arg(args, long), e = va_arg(args, long), f = va_arg(args, long);
    va_end(args);
    if (real == NULL)
        real = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
    if (number == 444 && pretended_abi >= 0 && a == 0) {
        errno = EOPNOTSUPP;
        return pretended_abi > 0 ? pretended_abi : -1;
    }
    if (number == 444 && a != 0)
        memcpy(asked, (const void *)a, sizeof asked);
    return real(number, a, b, c, d, e, f);
}

/* --- the stage ---------------------------------------------------------------------------------*/

/* folder/.aws/credentials, folder/journal/journal.db, folder/other */
static char folder[64];
static uint16_t listening[2]; /* ports on loopback; the first one is allowed */
static int listeners[2];
static bool has_files, has_truncate, has_ports, has_signals;

static const char *in(const char *name)
{
    static char path[4][160];
    static int at;
    at = (at + 1) % 4;
    snprintf(path[at], sizeof path[at], "%s/%s", folder, name);
    return path[at];
}

static void put(const char *name)
{
    FILE *file = fopen(in(name), "w");
    assert_non_null(file);
    fputs("content\n", file);
    fclose(file);
}

static int listen_on_loopback(uint16_t *ret_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t length = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 5), 0);
    getsockname(fd, (struct sockaddr *)&address, &length);
    *ret_port = ntohs(address.sin_port);
    return fd;
}

static int start(void **state)
{
    (void)state;
    struct cage cage;
    unsetenv("KEYWRIGHT_SANDBOX");
    strcpy(folder, "/tmp/keywright-cage-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    static const char *const folders[] = {".aws", "journal", "journal/inner", "other"};
    for (size_t i = 0; i < 4; i++)
        mkdir(in(folders[i]), 0700);
    put(".aws/credentials");
    put("journal/journal.db");
    put("other/file");
    setenv("HOME", folder, 1);
    for (int i = 0; i < 2; i++)
        listeners[i] = listen_on_loopback(&listening[i]);
    cage_init(&cage, CAGE_CLIENT);
    has_files = cage.report.files_failed == 0;
    has_truncate = cage.report.abi >= 3;
    has_ports = cage.report.abi >= 4;
    has_signals = cage.report.abi >= 6;
    printf("# Landlock ABI here: %d\n", cage.report.abi);
    cage_release(&cage);
    return 0;
}

static int finish(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

/* --- a process in a cage -----------------------------------------------------------------------*/

typedef bool enter(void);
typedef long deed(void); /* as a system call: -1 and errno, or not */

static bool enter_front(void)
{
    struct cage_report report;
    return front_confine(in("journal/journal.db"), NULL, &report, NULL);
}

static bool enter_keeper(void)
{
    struct cage cage;
    struct cage_report report;
    cage_init(&cage, CAGE_CLIENT);
    if (!cage_allow_folder_of(&cage, in(".aws/credentials"), NULL) ||
        !cage_allow_system(&cage, NULL) || !cage_allow_connect(&cage, listening[0], NULL))
        return false;
    cage_close(&cage, &report);
    cage_release(&cage);
    return true;
}

static bool enter_nothing(void)
{
    return true;
}

enum { NOT_ENTERED = 254 };

/* The errno of the deed, 0 when it was done; the status of waitpid when it was killed. */
static int outcome(enter *go_in, deed *act)
{
    int status = -1;
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        signal(SIGSEGV, SIG_DFL); /* cmocka's would go on with the tests */
        if (!go_in())
            _exit(NOT_ENTERED);
        errno = 0;
        _exit(act() == -1 ? errno : 0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WIFSIGNALED(status))
        return 1000 + WTERMSIG(status);
    assert_int_not_equal(WEXITSTATUS(status), NOT_ENTERED);
    return WEXITSTATUS(status);
}

/* It is refused in the cage, and was not refused (in this way) outside of it. */
static void refused_as(const char *name, enter *go_in, deed *act, int expected)
{
    int outside = outcome(enter_nothing, act), inside = outcome(go_in, act);
    if (inside != expected || outside == expected)
        fail_msg("%s: %s in the cage, %s outside", name, inside == 0 ? "done" : strerror(inside),
                 outside == 0 ? "done" : strerror(outside));
}

static void done_in(const char *name, enter *go_in, deed *act)
{
    int inside = outcome(go_in, act);
    if (inside != 0)
        fail_msg("%s: %s", name, strerror(inside));
}

#define REFUSED(enter, deed, expected) refused_as(#deed, enter, deed, expected)
#define DONE(enter, deed)              done_in(#deed, enter, deed)

static bool lacks(bool there, const char *what)
{
    if (!there && getenv("KEYWRIGHT_VALGRIND") != NULL)
        printf("# left out under valgrind: what needs %s, which it does not know\n", what);
    else if (!there)
        printf("# not tried: this kernel has no %s\n", what);
    return !there;
}

static bool left_out(const char *test)
{
    if (getenv("KEYWRIGHT_VALGRIND") == NULL)
        return false;
    printf("# left out under valgrind: %s (an execve that is refused ends it)\n", test);
    return true;
}

/* --- deeds: files ------------------------------------------------------------------------------*/

static long read_credentials(void)
{
    return open(in(".aws/credentials"), O_RDONLY);
}
static long write_credentials(void)
{
    return open(in(".aws/credentials"), O_WRONLY | O_APPEND);
}
static long truncate_credentials(void)
{
    return truncate(in(".aws/credentials"), 4);
}
static long make_elsewhere(void)
{
    return open(in("other/new"), O_WRONLY | O_CREAT, 0600);
}
static long read_elsewhere(void)
{
    return open(in("other/file"), O_RDONLY);
}
static long list_elsewhere(void)
{
    return open(in("other"), O_RDONLY | O_DIRECTORY);
}
static long remove_elsewhere(void)
{
    return unlink(in("other/file2")) == -1 && errno == ENOENT && unlink(in("other/file")) == -1
               ? -1
               : (put("other/file"), 0);
}
static long make_folder_elsewhere(void)
{
    return mkdir(in("other/folder"), 0700) == -1 ? -1 : rmdir(in("other/folder"));
}
static long link_into_journal(void)
{
    unlink(in("journal/link"));
    return link(in("other/file"), in("journal/link"));
}
static long carry_out_of_journal(void)
{
    return rename(in("journal/inner/carried"), in("other/carried"));
}
static long carry_within_journal(void)
{
    put("journal/inner/within");
    return rename(in("journal/inner/within"), in("journal/within"));
}
static long fifo_in_journal(void)
{
    unlink(in("journal/fifo"));
    return mkfifo(in("journal/fifo"), 0600);
}

/* What SQLite does, and file_replace. */
static long work_in(const char *name, const char *temporary)
{
    int fd = open(temporary, O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || write(fd, "new", 3) != 3 || ftruncate(fd, 2) < 0 || fsync(fd) < 0)
        return -1;
    int old = open(name, O_RDWR);
    if (old < 0)
        return -1;
    close(old);
    close(fd);
    return rename(temporary, name) < 0 || link(name, temporary) < 0 ? -1 : unlink(temporary);
}
static long work_in_journal(void)
{
    return work_in(in("journal/journal.db"), in("journal/journal.db-wal"));
}
static long work_in_aws(void)
{
    return work_in(in(".aws/credentials"), in(".aws/.credentials.part"));
}
static long read_the_system(void)
{
    static const char *const files[] = {"/etc/passwd", "/usr", "/dev/null", "/dev/urandom"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (open(files[i], O_RDONLY) < 0)
            return -1;
    return open("/dev/null", O_WRONLY);
}
static long read_the_parents_environment(void)
{
    char name[64];
    snprintf(name, sizeof name, "/proc/%d/environ", (int)getppid());
    return open(name, O_RDONLY);
}

/* --- deeds: sockets ----------------------------------------------------------------------------*/

static long tcp_socket(void)
{
    return socket(AF_INET, SOCK_STREAM, 0);
}
static long udp_socket(void)
{
    return socket(AF_INET6, SOCK_DGRAM, 0);
}
static long netlink_socket(void)
{
    return socket(AF_NETLINK, SOCK_RAW, 0);
}
static long other_netlink_socket(void)
{
    return socket(AF_NETLINK, SOCK_RAW, 16 /* NETLINK_GENERIC */);
}
static long local_socket(void)
{
    return socket(AF_UNIX, SOCK_STREAM, 0);
}
static long multipath_socket(void) /* where the kernel has none: EPROTONOSUPPORT */
{
    return socket(AF_INET, SOCK_STREAM, 262 /* IPPROTO_MPTCP */);
}
static long stream_pair(void)
{
    int fds[2];
    return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds);
}
static long datagram_pair(void)
{
    int fds[2];
    return socketpair(AF_UNIX, SOCK_DGRAM, 0, fds);
}
static long connect_by(int fd, uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return connect(fd, (struct sockaddr *)&address, sizeof address);
}
static int had_before = -1; /* a socket that was there already */

static long connect_one_that_was_there(void)
{
    return connect_by(had_before, listening[0]);
}
static long bind_one_that_was_there(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    return bind(had_before, (struct sockaddr *)&address, sizeof address);
}
static long connect_to_the_allowed(void)
{
    return connect_by(socket(AF_INET, SOCK_STREAM, 0), listening[0]);
}
static long connect_to_another(void)
{
    return connect_by(socket(AF_INET, SOCK_STREAM, 0), listening[1]);
}
static long bind_tcp(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    return bind(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&address, sizeof address);
}
static long listen_tcp(void)
{
    return listen(socket(AF_INET, SOCK_STREAM, 0), 1);
}
static long accept_one(void)
{
    fcntl(listeners[0], F_SETFL, O_NONBLOCK);
    return accept(listeners[0], NULL, NULL);
}
static long connect_by_sending(void) /* TCP fast open: a connection without connect(2) */
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(listening[1])};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return sendto(socket(AF_INET, SOCK_STREAM, 0), "x", 1, MSG_FASTOPEN | MSG_NOSIGNAL,
                  (struct sockaddr *)&address, sizeof address);
}
static long look_up_a_name(void)
{
    struct addrinfo hints = {
        .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
    struct addrinfo *found = NULL;
    int failed = getaddrinfo("localhost", "443", &hints, &found);
    if (failed == 0)
        freeaddrinfo(found);
    errno = failed != 0 ? ENOENT : 0;
    return failed == 0 ? 0 : -1;
}

/* --- deeds: the rest ---------------------------------------------------------------------------*/

static long execute(void)
{
    execl("/bin/true", "true", (char *)NULL);
    return -1;
}
static long execute_descriptor(void)
{
    char *const words[] = {(char *)"true", NULL}, *const none[] = {NULL};
    return syscall(SYS_execveat, open("/bin/true", O_PATH), "", words, none, AT_EMPTY_PATH);
}
#ifndef WITH_SANITIZERS
static long trace(void)
{
    return ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}
#endif
/* Its flags are where no filter sees them, so that it is not there in a cage. */
static long clone_by_struct(void)
{
    return syscall(435 /* clone3 */, NULL, 0L);
}
/* Its own: of others Landlock has it refused as well. */
static long read_a_process(void)
{
    char byte;
    struct iovec ours = {&byte, 1}, theirs = {&folder, 1};
    return syscall(SYS_process_vm_readv, (long)getpid(), &ours, 1L, &theirs, 1L, 0L);
}
static long type_into_the_terminal(void)
{
    int terminal = posix_openpt(O_RDWR | O_NOCTTY);
    return ioctl(terminal < 0 ? 0 : terminal, TIOCSTI, "x");
}
static long ask_the_terminal(void)
{
    struct winsize size;
    long result = ioctl(0, TIOCGWINSZ, &size);
    return result == -1 && errno == ENOTTY ? 0 : result;
}
static long signal_the_parent(void)
{
    return kill(getppid(), 0);
}
#ifdef __x86_64__
static long call_by_x32(void)
{
    return syscall(0x40000000L | SYS_getpid);
}
static long call_by_i386(void)
{
    long result;
    __asm__ volatile("int $0x80"
                     : "=a"(result)
                     : "a"(20L /* getpid */)
                     : "memory", "r8", "r9", "r10", "r11");
    return result;
}
#endif

/* --- the front ---------------------------------------------------------------------------------*/

static void front_makes_no_sockets(void **state)
{
    (void)state;
    had_before = socket(AF_INET, SOCK_STREAM, 0);
    REFUSED(enter_front, tcp_socket, EPERM);
    REFUSED(enter_front, udp_socket, EPERM);
    REFUSED(enter_front, local_socket, EPERM);
    REFUSED(enter_front, netlink_socket, EPERM);
    REFUSED(enter_front, stream_pair, EPERM);
    REFUSED(enter_front, datagram_pair, EPERM);
    REFUSED(enter_front, connect_one_that_was_there, EPERM);
    REFUSED(enter_front, bind_one_that_was_there, EPERM);
    REFUSED(enter_front, accept_one, EPERM);
    close(had_before);
}

static void front_sees_its_journal_only(void **state)
{
    (void)state;
    if (lacks(has_files, "Landlock"))
        return;
    REFUSED(enter_front, read_credentials, EACCES);
    REFUSED(enter_front, write_credentials, EACCES);
    REFUSED(enter_front, make_elsewhere, EACCES);
    REFUSED(enter_front, read_elsewhere, EACCES);
    REFUSED(enter_front, list_elsewhere, EACCES);
    REFUSED(enter_front, remove_elsewhere, EACCES);
    REFUSED(enter_front, make_folder_elsewhere, EACCES);
    REFUSED(enter_front, link_into_journal, EXDEV);
    put("journal/inner/carried");
    int carried = outcome(enter_front, carry_out_of_journal); /* EXDEV by Landlock's first ABI */
    assert_true(carried == EACCES || carried == EXDEV);
    REFUSED(enter_front, carry_within_journal, EXDEV);
    REFUSED(enter_front, fifo_in_journal, EACCES);
    REFUSED(enter_front, read_the_parents_environment, EACCES);
    if (!lacks(has_truncate, "Landlock for truncate(2)"))
        REFUSED(enter_front, truncate_credentials, EACCES);
}

static void front_works(void **state)
{
    (void)state;
    DONE(enter_front, work_in_journal);
    DONE(enter_front, read_the_system);
    DONE(enter_front, ask_the_terminal);
}

static bool enter_with_output(void)
{
    return front_confine(in("journal/journal.db"), in("other/copy"), NULL, NULL);
}
static bool enter_without_journal(void)
{
    return front_confine(NULL, NULL, NULL, NULL);
}

static bool enter_reader(void)
{
    struct cage cage;
    struct cage_report report;
    cage_init(&cage, CAGE_OFFLINE);
    if (!cage_allow_read(&cage, in("other"), NULL))
        return false;
    cage_close(&cage, &report);
    cage_release(&cage);
    return true;
}

static void what_may_be_read_may_not_be_written(void **state)
{
    (void)state;
    DONE(enter_reader, read_elsewhere);
    DONE(enter_reader, list_elsewhere);
    if (lacks(has_files, "Landlock"))
        return;
    REFUSED(enter_reader, make_elsewhere, EACCES);
    REFUSED(enter_reader, remove_elsewhere, EACCES);
    REFUSED(enter_reader, read_credentials, EACCES);
}

static void front_may_be_given_a_file_to_make(void **state)
{
    (void)state;
    DONE(enter_with_output, make_elsewhere);
    if (lacks(has_files, "Landlock"))
        return;
    REFUSED(enter_with_output, read_credentials, EACCES);
    REFUSED(enter_without_journal, work_in_journal, EACCES);
}

/* --- the keeper --------------------------------------------------------------------------------*/

static void keeper_goes_to_its_ports(void **state)
{
    (void)state;
    REFUSED(enter_keeper, listen_tcp, EPERM);
    REFUSED(enter_keeper, accept_one, EPERM);
    REFUSED(enter_keeper, connect_by_sending, EPERM);
    REFUSED(enter_keeper, local_socket, EPERM);
    REFUSED(enter_keeper, datagram_pair, EPERM);
    REFUSED(enter_keeper, multipath_socket, EPERM);
    REFUSED(enter_keeper, other_netlink_socket, EPERM);
    DONE(enter_keeper, connect_to_the_allowed);
    DONE(enter_keeper, udp_socket);
    DONE(enter_keeper, netlink_socket);
    DONE(enter_keeper, stream_pair);
    DONE(enter_keeper, look_up_a_name);
    if (lacks(has_ports, "Landlock for TCP ports"))
        return;
    REFUSED(enter_keeper, connect_to_another, EACCES);
    REFUSED(enter_keeper, bind_tcp, EACCES);
}

static void keeper_sees_its_folders(void **state)
{
    (void)state;
    DONE(enter_keeper, work_in_aws);
    DONE(enter_keeper, read_the_system);
    if (lacks(has_files, "Landlock"))
        return;
    REFUSED(enter_keeper, make_elsewhere, EACCES);
    REFUSED(enter_keeper, read_elsewhere, EACCES);
    REFUSED(enter_keeper, work_in_journal, EACCES);
    REFUSED(enter_keeper, read_the_parents_environment, EACCES);
    if (!lacks(has_signals, "Landlock for signals"))
        REFUSED(enter_keeper, signal_the_parent, EPERM);
}

/* --- both --------------------------------------------------------------------------------------*/

static void neither_leaves(void **state)
{
    (void)state;
    static enter *const cages[] = {enter_front, enter_keeper};
    if (left_out(__func__))
        return;
    for (int i = 0; i < 2; i++) {
        REFUSED(cages[i], execute, EPERM);
        REFUSED(cages[i], execute_descriptor, EPERM);
#ifndef WITH_SANITIZERS
        REFUSED(cages[i], trace, EPERM);
#endif
        REFUSED(cages[i], read_a_process, EPERM);
        if (outcome(enter_nothing, clone_by_struct) != ENOSYS)
            assert_int_equal(outcome(cages[i], clone_by_struct), ENOSYS);
        else
            printf("# not tried: there is no clone3 here\n");
        REFUSED(cages[i], type_into_the_terminal, EPERM);
#ifdef __x86_64__
        REFUSED(cages[i], call_by_x32, EPERM);
        int outside = outcome(enter_nothing, call_by_i386);
        if (outside == 0)
            assert_int_equal(outcome(cages[i], call_by_i386), 1000 + SIGSYS);
        else
            printf("# not tried: this kernel takes no calls of i386\n");
#endif
    }
}

/* It is inherited by what is forked, and cannot be taken off. */
static long execute_after_fork(void)
{
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        execute();
        _exit(errno == EPERM ? 7 : 8);
    }
    waitpid(pid, &status, 0);
    errno = EPERM;
    return WEXITSTATUS(status) == 7 ? -1 : 0;
}

static void cage_is_inherited(void **state)
{
    (void)state;
    if (left_out(__func__))
        return;
    REFUSED(enter_front, execute_after_fork, EPERM);
    REFUSED(enter_keeper, execute_after_fork, EPERM);
}

/* --- less of it --------------------------------------------------------------------------------*/

static long no_cage_by_request(void)
{
    struct cage_report report;
    char text[300];
    setenv("KEYWRIGHT_SANDBOX", "off", 1);
    if (!front_confine(in("journal/journal.db"), NULL, &report, NULL) || !report.switched_off ||
        cage_is_whole(&report) || read_credentials() < 0 || tcp_socket() < 0)
        return -1;
    cage_describe(&report, CAGE_OFFLINE, text, sizeof text);
    return strcmp(text, "switched off by KEYWRIGHT_SANDBOX") == 0 ? 0 : -1;
}

static void cage_can_be_switched_off(void **state)
{
    (void)state;
    DONE(enter_nothing, no_cage_by_request);
}

/* What each ABI is asked for is what it knows (landlock(7)); it is really asked, so that a kernel
 * of a higher one would say so. */
static void older_kernels_are_asked_for_less(void **state)
{
    (void)state;
    static const uint64_t known[][3] = {{0, 0, 0},      {0x1fff, 0, 0}, {0x3fff, 0, 0},
                                        {0x7fff, 0, 0}, {0x7fff, 3, 0}, {0xffff, 3, 0},
                                        {0xffff, 3, 3}, {0xffff, 3, 3}};
    if (lacks(has_files, "Landlock"))
        return;
    for (pretended_abi = 0; pretended_abi < 8; pretended_abi++) {
        struct cage cage;
        struct error err = {0};
        memset(asked, 0, sizeof asked);
        cage_init(&cage, CAGE_CLIENT);
        assert_memory_equal(asked, known[pretended_abi], sizeof asked);
        assert_true(cage_allow_system(&cage, &err));
        assert_true(cage_allow_connect(&cage, 443, &err));
        assert_int_equal(cage.report.abi, pretended_abi);
        assert_int_equal(cage.report.files_failed, pretended_abi == 0 ? EOPNOTSUPP : 0);
        assert_int_equal(cage.report.ports_failed, pretended_abi < 4 ? ENOSYS : 0);
        cage_release(&cage);
    }
    pretended_abi = -1;
}

static long calls_hold_without_landlock(void)
{
    struct cage_report report;
    char text[300];
    pretended_abi = 0;
    if (!front_confine(in("journal/journal.db"), NULL, &report, NULL) || report.calls_failed != 0 ||
        cage_is_whole(&report) || read_credentials() < 0)
        return -1;
    cage_describe(&report, CAGE_OFFLINE, text, sizeof text);
    return strstr(text, "files open (Landlock: it is switched off in this kernel)") != NULL &&
                   strstr(text, "system calls closed") != NULL && tcp_socket() < 0
               ? 0
               : -1;
}

/* As in a container whose own filter refuses seccomp. */
static long files_hold_without_seccomp(void)
{
    struct sock_filter steps[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prctl, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PR_SET_SECCOMP, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {sizeof steps / sizeof *steps, steps};
    struct cage_report report;
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) < 0 ||
        !front_confine(in("journal/journal.db"), NULL, &report, NULL))
        return -1;
    errno = ERANGE;
    return report.calls_failed == EINVAL && !cage_is_whole(&report) && tcp_socket() >= 0 &&
                   (!has_files || read_credentials() < 0)
               ? 0
               : -1;
}

static void one_part_holds_without_the_other(void **state)
{
    (void)state;
    DONE(enter_nothing, calls_hold_without_landlock);
    DONE(enter_nothing, files_hold_without_seccomp);
}

static void paths_that_are_not_there_are_fine(void **state)
{
    (void)state;
    struct cage cage;
    struct error err = {0};
    cage_init(&cage, CAGE_OFFLINE);
    assert_true(cage_allow_read(&cage, "/nowhere/at/all", &err));
    assert_true(cage_allow_write(&cage, in("other/file/below"), &err));
    assert_true(cage_allow_folder_of(&cage, "no-slash", &err));
    assert_true(cage_allow_folder_of(&cage, "/in-the-root", &err));
    cage_release(&cage);
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(front_makes_no_sockets),
        cmocka_unit_test(front_sees_its_journal_only),
        cmocka_unit_test(front_works),
        cmocka_unit_test(what_may_be_read_may_not_be_written),
        cmocka_unit_test(front_may_be_given_a_file_to_make),
        cmocka_unit_test(keeper_goes_to_its_ports),
        cmocka_unit_test(keeper_sees_its_folders),
        cmocka_unit_test(neither_leaves),
        cmocka_unit_test(cage_is_inherited),
        cmocka_unit_test(cage_can_be_switched_off),
        cmocka_unit_test(older_kernels_are_asked_for_less),
        cmocka_unit_test(one_part_holds_without_the_other),
        cmocka_unit_test(paths_that_are_not_there_are_fine),
    };
    return cmocka_run_group_tests_name("cage", tests, start, finish);
}

#else /* there are cages on Linux only */

int main(void)
{
    puts("1..0 # SKIP the cages are of Linux");
    return 0;
}

#endif
