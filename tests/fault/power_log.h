/* What power.c keeps, power_calls.c fills in and power_build.c replays. */
#ifndef KEYWRIGHT_TESTS_FAULT_POWER_LOG_H
#define KEYWRIGHT_TESTS_FAULT_POWER_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <time.h>

enum change_kind {
    CHANGE_WRITE,    /* node, offset, bytes, length */
    CHANGE_LENGTH,   /* node, offset: the new length */
    CHANGE_SYNC,     /* node: a file or a folder */
    CHANGE_NAME,     /* node gets the name in folder (made, linked) */
    CHANGE_RENAME,   /* name in folder becomes other */
    CHANGE_EXCHANGE, /* name and other */
    CHANGE_REMOVE    /* name */
};

enum { POWER_NAME_SIZE = 256 };

struct change {
    enum change_kind kind;
    size_t node;
    size_t folder;
    char name[POWER_NAME_SIZE];
    char other[POWER_NAME_SIZE];
    struct timespec modified; /* WRITE, LENGTH: the file's time then */
    size_t offset;
    char *bytes;
    size_t length;
};

struct power_log {
    struct change *changes;
    size_t count;
    size_t room;
    size_t first; /* so many changes only say what was there at the beginning */
    bool *is_folder; /* of a node; node 0 is the folder itself */
    size_t nodes;
};

extern struct power_log power_log;

extern bool power_recording;
extern bool power_no_exchange;

/* End the program: the test itself has failed. */
_Noreturn void power_die(const char *what);

struct change *power_add(enum change_kind kind, size_t node); /* zeros but for these */
void power_add_name(size_t folder, const char *name, size_t node);
void power_add_bytes(size_t node, const void *bytes, size_t offset, size_t length);
void power_add_time(int fd); /* to the last change */

/* The node of a device and inode number. A number that is free again stands for a new one. */
size_t power_new_node(const struct stat *status);
bool power_find_node(const struct stat *status, size_t *ret_node);

/* Where a file lies that has no name. */
const char *power_kept(size_t node, char path[4096]);

#endif
