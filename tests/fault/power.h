/* A disk whose power fails: what the files of a folder may hold after the power went away at any
 * moment of what was done to them.
 *
 * power.c stands before the C library in the test program (and before the libraries that it is linked
 * with, SQLite among them): open, write, ftruncate, fsync, rename and their like do what they always
 * do, except that fsync and fdatasync do not wait for the disk, and are written to a log. power_build
 * makes, out of the log up to a moment, one of the states that the disk may be in, as files in
 * another folder:
 *
 *   - what was written before an fsync of that file is there; of what was written after it, every
 *     sector of 512 bytes has stopped at one of its writes, each on its own: so writes are dropped,
 *     torn and reordered. A file's length, too, has stopped at one of its changes; what was never
 *     written and is within the length is zeros;
 *   - names that were made, renamed, exchanged or removed before an fsync of their folder are so; of
 *     those after it, either the first few or any selection took effect, one rename or exchange being
 *     whole or not at all. An fsync of a file does not keep its name (POSIX).
 *
 * Files keep their inode numbers and times of modification. For that they are never removed while
 * the log is kept: who removes one (or builds a state) moves it to the folder NAME-kept.
 *
 * It is Linux's page cache and any order of writing it back. What is not modelled: a disk that lies
 * about fsync, or damages sectors that it does not write. Memory maps are not seen (SQLite maps -shm
 * only, which is made anew after a crash); names move within one folder only. */
#ifndef KEYWRIGHT_TESTS_FAULT_POWER_H
#define KEYWRIGHT_TESTS_FAULT_POWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Record what is done below `folder` (absolute, without links). What is there now is on the disk. */
void power_begin(const char *folder);
/* Stop recording. The files are put away, the folder stays; the log stays until power_forget. */
void power_end(void);
/* Forget the log, and remove the files that it speaks of. */
void power_forget(void);
/* renameat2 fails with ENOSYS, as on a kernel or file system that has it not. */
void power_without_exchange(bool without);

/* How many changes are in the log. Moment N is the one after the first N of them. */
size_t power_moments(void);

/* Which of the possible states. */
enum power_luck {
    POWER_NOTHING, /* nothing that was not synced is there */
    POWER_ALL,     /* everything is */
    POWER_NAMES,   /* all names, no data */
    POWER_DATA,    /* all data, no names */
    POWER_SEEDED   /* by the seed */
};
/* Make that state below `to`, which is made and must not be there. It is gone with power_sweep, which
 * must come before the next one is built. Not recorded. */
void power_build(size_t moment, enum power_luck luck, uint64_t seed, const char *to);
/* Remove a folder and everything in it. */
void power_sweep(const char *folder);

#endif
