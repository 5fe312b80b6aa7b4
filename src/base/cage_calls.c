/* The system calls that a cage refuses, as a program of the kernel's packet filter (seccomp(2)).
 *
 * A list of what is refused, not of what is allowed: a program that lists what a C library, libcurl
 * and SQLite call on every distribution and in every version breaks on the next one. What is
 * refused is what leads out of a cage: other programs, other processes, the kernel's workings.
 */
#include "config.h"

#include <errno.h>

#include "base/cage_parts.h"

#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__)) &&                         \
    __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ && defined(__LP64__)

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef __x86_64__
#define OUR_ARCHITECTURE AUDIT_ARCH_X86_64
#else
#define OUR_ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

#ifndef SECCOMP_RET_KILL_PROCESS /* linux 4.14; an older kernel ends the thread instead */
#define SECCOMP_RET_KILL_PROCESS 0x80000000U
#endif
#ifndef MSG_FASTOPEN
#define MSG_FASTOPEN 0x20000000
#endif
#ifndef TIOCLINUX
#define TIOCLINUX 0x541C
#endif

/* Calls that the headers may not know; since 424 the numbers are the same on both architectures. */
enum {
    CALL_IO_URING_SETUP = 425,
    CALL_IO_URING_ENTER = 426,
    CALL_IO_URING_REGISTER = 427,
    CALL_OPEN_TREE = 428,
    CALL_MOVE_MOUNT = 429,
    CALL_FSOPEN = 430,
    CALL_FSCONFIG = 431,
    CALL_FSMOUNT = 432,
    CALL_FSPICK = 433,
    CALL_PIDFD_GETFD = 438,
    CALL_PROCESS_MADVISE = 440,
    CALL_MOUNT_SETATTR = 442,
    CALL_QUOTACTL_FD = 443,
    CALL_CLONE3 = 435,
    CALL_OPEN_TREE_ATTR = 467,
    NETLINK_ROUTE_PROTOCOL = 0,
    TCP_PROTOCOL = 6,
    UDP_PROTOCOL = 17,
};

static const uint32_t refused[] = {
    /* other programs */
    SYS_execve,
    SYS_execveat,
/* other processes */
#ifndef WITH_SANITIZERS /* LeakSanitizer looks at its own process with it */
    SYS_ptrace,
#endif
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_kcmp,
    CALL_PIDFD_GETFD,
    CALL_PROCESS_MADVISE,
    /* calls by another way, past this filter */
    CALL_IO_URING_SETUP,
    CALL_IO_URING_ENTER,
    CALL_IO_URING_REGISTER,
    /* other views of the file system and of the system */
    SYS_unshare,
    SYS_setns,
    SYS_chroot,
    SYS_pivot_root,
    SYS_mount,
    SYS_umount2,
    CALL_OPEN_TREE,
    CALL_OPEN_TREE_ATTR,
    CALL_MOVE_MOUNT,
    CALL_FSOPEN,
    CALL_FSCONFIG,
    CALL_FSMOUNT,
    CALL_FSPICK,
    CALL_MOUNT_SETATTR,
    SYS_open_by_handle_at,
    SYS_name_to_handle_at,
    SYS_personality,
    /* the kernel's workings, which have been the way out of many a cage */
    SYS_bpf,
    SYS_perf_event_open,
    SYS_userfaultfd,
    SYS_keyctl,
    SYS_add_key,
    SYS_request_key,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_kexec_load,
    SYS_kexec_file_load,
    SYS_reboot,
    SYS_swapon,
    SYS_swapoff,
    SYS_acct,
    SYS_quotactl,
    CALL_QUOTACTL_FD,
    SYS_syslog,
    SYS_vhangup,
    SYS_settimeofday,
    SYS_clock_settime,
    SYS_adjtimex,
    SYS_clock_adjtime,
    SYS_sethostname,
    SYS_setdomainname,
    SYS_lookup_dcookie,
    SYS_fanotify_init,
#ifdef __x86_64__
    SYS_iopl,
    SYS_ioperm,
    SYS_modify_ldt,
    SYS_uselib,
    SYS_ustat,
    SYS_sysfs,
    SYS__sysctl,
#endif
    /* nobody comes in */
    SYS_listen,
    SYS_accept,
    SYS_accept4,
};
/* CLONE_NEWNS, _NEWCGROUP, _NEWUTS, _NEWIPC, _NEWUSER, _NEWPID, _NEWNET: clone(2) makes them as unshare does.
 * (The bit of CLONE_NEWTIME is a part of a signal's number here.) */
enum { NEW_NAMESPACES = 0x7e020000 };
static const uint32_t refused_offline[] = {SYS_socket, SYS_socketpair, SYS_connect, SYS_bind};

/* --- the program -------------------------------------------------------------------------------*/

enum { PROGRAM_MAX = 4 * (sizeof refused / sizeof *refused) + 128 };

struct program {
    struct sock_filter steps[PROGRAM_MAX];
    unsigned short length;
};

static void put(struct program *program, uint16_t code, uint32_t value, uint8_t if_so,
                uint8_t if_not)
{
    program->steps[program->length++] =
        (struct sock_filter){.code = code, .jt = if_so, .jf = if_not, .k = value};
}

static void load(struct program *program, size_t offset)
{
    put(program, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

/* The low half of an argument: what the kernel takes of an int. */
static void load_argument(struct program *program, int number)
{
    load(program, offsetof(struct seccomp_data, args) + 8 * (size_t)number);
}

static void give(struct program *program, uint32_t action)
{
    put(program, BPF_RET | BPF_K, action, 0, 0);
}

static void refuse(struct program *program)
{
    give(program, SECCOMP_RET_ERRNO | EPERM);
}

static void refuse_if(struct program *program, uint32_t value)
{
    put(program, BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
    refuse(program);
}

static void refuse_if_bits(struct program *program, uint32_t bits)
{
    put(program, BPF_JMP | BPF_JSET | BPF_K, bits, 0, 1);
    refuse(program);
}

/* What comes between begin_call and end_call looks at the arguments of one call, and what is not
 * refused there is allowed. */
static unsigned short begin_call(struct program *program, uint32_t call)
{
    put(program, BPF_JMP | BPF_JEQ | BPF_K, call, 0, 0);
    return (unsigned short)(program->length - 1);
}

static void end_call(struct program *program, unsigned short begun)
{
    give(program, SECCOMP_RET_ALLOW);
    program->steps[begun].jf = (uint8_t)(program->length - begun - 1);
}

/* Characters put into the terminal's input would be run by the shell that comes after us. */
static void check_ioctl(struct program *program)
{
    unsigned short begun = begin_call(program, SYS_ioctl);
    load_argument(program, 1);
    refuse_if(program, TIOCSTI);
    refuse_if(program, TIOCLINUX);
    end_call(program, begun);
}

/* A child, or a thread, in the same namespaces. clone3 keeps its flags where no filter can look; told that
 * there is no such call, the C library takes clone. */
static void check_clone(struct program *program)
{
    unsigned short begun = begin_call(program, SYS_clone);
    load_argument(program, 0);
    refuse_if_bits(program, NEW_NAMESPACES);
    end_call(program, begun);
    put(program, BPF_JMP | BPF_JEQ | BPF_K, CALL_CLONE3, 0, 1);
    give(program, SECCOMP_RET_ERRNO | ENOSYS);
}

/* A call whose flags could open a TCP connection that is no connect(2). */
static void check_flags(struct program *program, uint32_t call, int argument)
{
    unsigned short begun = begin_call(program, call);
    load_argument(program, argument);
    refuse_if_bits(program, MSG_FASTOPEN);
    end_call(program, begun);
}

/* When the loaded value is `value`: one of the protocols, or refuse; and allow. */
static void check_protocol(struct program *program, uint32_t family, uint32_t a, uint32_t b,
                           uint32_t c)
{
    unsigned short begun = begin_call(program, family);
    load_argument(program, 2);
    put(program, BPF_JMP | BPF_JEQ | BPF_K, a, 3, 0);
    put(program, BPF_JMP | BPF_JEQ | BPF_K, b, 2, 0);
    put(program, BPF_JMP | BPF_JEQ | BPF_K, c, 1, 0);
    refuse(program);
    end_call(program, begun);
}

/* No local sockets: behind them are services that start programs. Of internet protocols those whose
 * connections Landlock sees, and UDP. */
static void check_sockets(struct program *program)
{
    unsigned short begun = begin_call(program, SYS_socket);
    load_argument(program, 0);
    check_protocol(program, AF_INET, 0, TCP_PROTOCOL, UDP_PROTOCOL);
    check_protocol(program, AF_INET6, 0, TCP_PROTOCOL, UDP_PROTOCOL);
    check_protocol(program, AF_NETLINK, NETLINK_ROUTE_PROTOCOL, NETLINK_ROUTE_PROTOCOL,
                   NETLINK_ROUTE_PROTOCOL);
    refuse(program);
    end_call(program, begun);
    /* A pair, by which libcurl wakes itself: a stream, since a datagram socket can be sent from to
     * any address. */
    begun = begin_call(program, SYS_socketpair);
    load_argument(program, 1);
    put(program, BPF_ALU | BPF_AND | BPF_K, 0xf, 0, 0);
    put(program, BPF_JMP | BPF_JEQ | BPF_K, SOCK_STREAM, 1, 0);
    refuse(program);
    end_call(program, begun);
}

static void write_program(struct program *program, enum cage_kind kind)
{
    load(program, offsetof(struct seccomp_data, arch));
    put(program, BPF_JMP | BPF_JEQ | BPF_K, OUR_ARCHITECTURE, 1, 0);
    give(program, SECCOMP_RET_KILL_PROCESS);
    load(program, offsetof(struct seccomp_data, nr));
#ifdef __x86_64__ /* the calls of x32 have this bit and the same architecture */
    put(program, BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1);
    refuse(program);
#endif
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        refuse_if(program, refused[i]);
    if (kind == CAGE_OFFLINE)
        for (size_t i = 0; i < sizeof refused_offline / sizeof *refused_offline; i++)
            refuse_if(program, refused_offline[i]);
    check_ioctl(program);
    check_clone(program);
    if (kind == CAGE_CLIENT) {
        check_sockets(program);
        check_flags(program, SYS_sendto, 3);
        check_flags(program, SYS_sendmsg, 2);
        check_flags(program, SYS_sendmmsg, 3);
    }
    give(program, SECCOMP_RET_ALLOW);
}

int cage_refuse_calls(enum cage_kind kind)
{
    struct program program = {.length = 0};
    write_program(&program, kind);
    struct sock_fprog filter = {.len = program.length, .filter = program.steps};
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) == 0 ? 0 : errno;
}

#else

int cage_refuse_calls(enum cage_kind kind)
{
    (void)kind;
    return ENOSYS;
}

#endif
