/* spawn COUNT COMMAND...: run a command so many times, its output thrown away, one after the other,
 * and print the median of its wall time in microseconds. */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static long microseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000L + now.tv_nsec / 1000;
}

static int smaller_first(const void *a, const void *b)
{
    long x = *(const long *)a, y = *(const long *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    enum { MOST = 10000 };
    static long times[MOST];
    int count = argc > 2 ? atoi(argv[1]) : 0;
    posix_spawn_file_actions_t actions;
    if (count < 1 || count > MOST || posix_spawn_file_actions_init(&actions) != 0)
        return 2;
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    for (int i = 0; i < count; i++) {
        pid_t pid;
        int status;
        long begun = microseconds();
        if (posix_spawnp(&pid, argv[2], &actions, NULL, argv + 2, environ) != 0 ||
            waitpid(pid, &status, 0) != pid || status != 0) {
            fprintf(stderr, "spawn: %s failed\n", argv[2]);
            return 1;
        }
        times[i] = microseconds() - begun;
    }
    qsort(times, (size_t)count, sizeof times[0], smaller_first);
    printf("%ld\n", times[count / 2]);
    return 0;
}
