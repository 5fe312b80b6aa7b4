/* The replaying half of power.h: states that the disk may be in. */
#include "power.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "power_log.h"

enum { SECTOR = 512, NAMES_MAX = 64 };

struct entry {
    char name[POWER_NAME_SIZE];
    size_t node;
};

/* A node as far as it is replayed. */
struct node {
    char *bytes; /* of a file: on the disk */
    size_t length;
    struct entry entries[NAMES_MAX]; /* of a folder: on the disk */
    size_t entry_count;
    size_t *pending; /* changes since its last sync */
    size_t pending_count;
    struct timespec modified;
    const char *laid; /* the name that the file has got */
};

struct disk {
    struct node *nodes;
    enum power_luck luck;
    uint64_t random;
};

/* splitmix64: good enough, and the same everywhere. */
static uint64_t draw(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* --- data --------------------------------------------------------------------------------------*/

static void resize(struct node *node, size_t length)
{
    if (length > node->length) {
        node->bytes = realloc(node->bytes, length);
        if (node->bytes == NULL)
            power_die("no memory");
        memset(node->bytes + node->length, 0, length - node->length);
    }
    node->length = length;
}

static size_t end_of(const struct change *change)
{
    return change->offset + change->length;
}

static void apply_data(struct node *node, const struct change *change)
{
    if (change->kind == CHANGE_LENGTH) {
        resize(node, change->offset);
        return;
    }
    if (end_of(change) > node->length)
        resize(node, end_of(change));
    memcpy(node->bytes + change->offset, change->bytes, change->length);
}

/* How many of `count` changes to one sector, or to the length, have reached the disk. */
static size_t reached(struct disk *disk, bool data, size_t count)
{
    switch (disk->luck) {
    case POWER_NOTHING:
        return 0;
    case POWER_ALL:
        return count;
    case POWER_NAMES:
        return data ? 0 : count;
    case POWER_DATA:
        return data ? count : 0;
    case POWER_SEEDED:
        break;
    }
    return (size_t)(draw(&disk->random) % (count + 1));
}

static bool touches(const struct change *change, size_t from, size_t to)
{
    return change->kind == CHANGE_WRITE && change->offset < to && end_of(change) > from;
}

/* One sector of the file with the first `most` of the changes that touch it. */
static void settle_sector(struct node *node, size_t from, size_t most)
{
    for (size_t i = 0; i < node->pending_count && most > 0; i++) {
        const struct change *change = &power_log.changes[node->pending[i]];
        if (!touches(change, from, from + SECTOR))
            continue;
        size_t begin = change->offset > from ? change->offset : from;
        size_t end = end_of(change) < from + SECTOR ? end_of(change) : from + SECTOR;
        if (end > node->length)
            resize(node, end);
        memcpy(node->bytes + begin, change->bytes + (begin - change->offset), end - begin);
        most--;
    }
}

/* What the file holds: its synced content, and of each sector and the length what had gone out. */
static void settle_file(struct disk *disk, struct node *node)
{
    size_t longest = node->length, lengths = 0, length = node->length;
    for (size_t i = 0; i < node->pending_count; i++) {
        const struct change *change = &power_log.changes[node->pending[i]];
        size_t end = change->kind == CHANGE_LENGTH ? change->offset : end_of(change);
        longest = end > longest ? end : longest;
        lengths += change->kind == CHANGE_LENGTH || end > length;
        length = change->kind == CHANGE_LENGTH || end > length ? end : length;
    }
    size_t most = reached(disk, true, lengths);
    length = node->length;
    size_t now = length;
    for (size_t i = 0; i < node->pending_count; i++) {
        const struct change *change = &power_log.changes[node->pending[i]];
        size_t end = change->kind == CHANGE_LENGTH ? change->offset : end_of(change);
        if (change->kind != CHANGE_LENGTH && end <= now)
            continue;
        now = end;
        if (most > 0) {
            most--;
            length = end;
        }
    }
    for (size_t from = 0; from < longest; from += SECTOR) {
        size_t count = 0;
        for (size_t i = 0; i < node->pending_count; i++)
            count += touches(&power_log.changes[node->pending[i]], from, from + SECTOR);
        if (count > 0)
            settle_sector(node, from, reached(disk, true, count));
    }
    resize(node, length);
}

/* --- names -------------------------------------------------------------------------------------*/

static struct entry *find(struct node *folder, const char *name)
{
    for (size_t i = 0; i < folder->entry_count; i++)
        if (strcmp(folder->entries[i].name, name) == 0)
            return &folder->entries[i];
    return NULL;
}

static void put(struct node *folder, const char *name, size_t node)
{
    struct entry *entry = find(folder, name);
    if (entry == NULL && folder->entry_count == NAMES_MAX)
        power_die("more names than there is room for");
    if (entry == NULL)
        entry = &folder->entries[folder->entry_count++];
    strcpy(entry->name, name);
    entry->node = node;
}

static void drop(struct node *folder, const char *name)
{
    struct entry *entry = find(folder, name);
    if (entry != NULL)
        *entry = folder->entries[--folder->entry_count];
}

/* A change whose name is not there, because another one was lost, is lost too. */
static void apply_name(struct node *folder, const struct change *change)
{
    struct entry *entry = find(folder, change->name);
    struct entry *other = find(folder, change->other);
    if (change->kind == CHANGE_NAME) {
        put(folder, change->name, change->node);
    } else if (change->kind == CHANGE_REMOVE) {
        drop(folder, change->name);
    } else if (change->kind == CHANGE_EXCHANGE && entry != NULL && other != NULL) {
        size_t node = entry->node;
        entry->node = other->node;
        other->node = node;
    } else if (change->kind == CHANGE_RENAME && entry != NULL) {
        size_t node = entry->node;
        drop(folder, change->name);
        put(folder, change->other, node);
    }
}

static void settle_folder(struct disk *disk, struct node *folder)
{
    bool any = disk->luck == POWER_SEEDED && draw(&disk->random) % 2 == 0;
    size_t most = reached(disk, false, folder->pending_count);
    for (size_t i = 0; i < folder->pending_count; i++)
        if (any ? draw(&disk->random) % 2 == 0 : i < most)
            apply_name(folder, &power_log.changes[folder->pending[i]]);
}

/* --- replaying ---------------------------------------------------------------------------------*/

static void sync_node(struct node *node, bool is_folder)
{
    for (size_t i = 0; i < node->pending_count; i++) {
        const struct change *change = &power_log.changes[node->pending[i]];
        if (is_folder)
            apply_name(node, change);
        else
            apply_data(node, change);
    }
    node->pending_count = 0;
}

static void replay(struct disk *disk, size_t count)
{
    for (size_t at = 0; at < count; at++) {
        const struct change *change = &power_log.changes[at];
        bool data = change->kind == CHANGE_WRITE || change->kind == CHANGE_LENGTH ||
                    change->kind == CHANGE_SYNC;
        struct node *node = &disk->nodes[data ? change->node : change->folder];
        if (change->kind == CHANGE_WRITE || change->kind == CHANGE_LENGTH)
            node->modified = change->modified;
        if (change->kind == CHANGE_SYNC) {
            sync_node(node, power_log.is_folder[change->node]);
            continue;
        }
        node->pending =
            realloc(node->pending, (node->pending_count + 1) * sizeof *node->pending);
        if (node->pending == NULL)
            power_die("no memory");
        node->pending[node->pending_count++] = at;
    }
}

/* The file itself, with another content. Its second name, where it has one, is a link. */
static void lay_out_file(struct node *node, size_t at, const char *path)
{
    char kept[PATH_MAX];
    const struct timespec times[2] = {node->modified, node->modified};
    if (node->laid != NULL) {
        if (link(node->laid, path) != 0)
            power_die(path);
        return;
    }
    if (rename(power_kept(at, kept), path) != 0)
        power_die(path);
    int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
    bool good = fd >= 0 && fchmod(fd, 0600) == 0 &&
                (node->length == 0 ||
                 write(fd, node->bytes, node->length) == (ssize_t)node->length) &&
                futimens(fd, times) == 0 && close(fd) == 0;
    if (!good)
        power_die(path);
    node->laid = strdup(path);
}

static void lay_out(struct disk *disk, size_t at, const char *path)
{
    struct node *node = &disk->nodes[at];
    if (!power_log.is_folder[at]) {
        lay_out_file(node, at, path);
        return;
    }
    if (mkdir(path, 0700) != 0)
        power_die(path);
    for (size_t i = 0; i < node->entry_count; i++) {
        char inner[PATH_MAX];
        snprintf(inner, sizeof inner, "%.3000s/%s", path, node->entries[i].name);
        lay_out(disk, node->entries[i].node, inner);
    }
}

void power_build(size_t moment, enum power_luck luck, uint64_t seed, const char *to)
{
    struct disk disk = {.luck = luck, .random = seed};
    disk.nodes = calloc(power_log.nodes, sizeof *disk.nodes);
    if (disk.nodes == NULL)
        power_die("no memory");
    replay(&disk, power_log.first + moment);
    for (size_t i = 0; i < power_log.nodes; i++)
        if (power_log.is_folder[i])
            settle_folder(&disk, &disk.nodes[i]);
        else
            settle_file(&disk, &disk.nodes[i]);
    lay_out(&disk, 0, to);
    for (size_t i = 0; i < power_log.nodes; i++) {
        free(disk.nodes[i].bytes);
        free((char *)disk.nodes[i].laid);
        free(disk.nodes[i].pending);
    }
    free(disk.nodes);
}

void power_sweep(const char *folder)
{
    DIR *directory = opendir(folder);
    if (directory == NULL)
        return;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        char inner[PATH_MAX];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(inner, sizeof inner, "%.3000s/%s", folder, entry->d_name);
        if (unlink(inner) != 0)
            power_sweep(inner);
    }
    closedir(directory);
    rmdir(folder);
}
