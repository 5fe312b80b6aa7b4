/* What a process does first when it, or a program that it starts, comes near a secret. */
#ifndef KEYWRIGHT_BASE_HARDEN_H
#define KEYWRIGHT_BASE_HARDEN_H

/* Files that are made from now on are the owner's alone (umask 077); no core file is written, not
 * even through a pipe, and no other process of the same user can read this one's memory or
 * environment (RLIMIT_CORE 0; on Linux PR_SET_DUMPABLE 0, see prctl(2) and ptrace(2)). The limit
 * and the umask are passed on to what is started, the rest is not: that has to call this itself.
 * With harden_descriptors.
 *
 * Nothing else here can fail where it exists. */
void harden_process(void);

/* Of the descriptors 0, 1 and 2 those that are closed are opened on /dev/null: the next file or socket would
 * be one of them else, and be written what is meant for people. Where that cannot be, the process ends (1). */
void harden_descriptors(void);

/* Wipe what the functions that the caller has called have left: the 128 KiB of stack below its frame
 * (arrays of libraries, registers that were saved), and, on x86-64 and AArch64, the vector registers,
 * with which a C library reads strings: the dynamic linker and the kernel (for a signal) would save
 * them on the stack much later. */
void harden_wipe_traces(void);

#endif
