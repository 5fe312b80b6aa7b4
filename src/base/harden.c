#include "config.h"

#include "base/harden.h"

#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

enum { STACK_DEPTH = 128 * 1024 };

#if defined(WITH_SANITIZERS) && defined(__linux__)
/* LeakSanitizer attaches to the process that ends, and spins for ever where it may not. */
int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void)
{
    return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 1;
}
#endif

void harden_process(void)
{
    umask(077);
    struct rlimit no_core = {0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
#ifdef __linux__
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

/* Its own function, so that the frame lies where those of the calls before have been. */
__attribute__((noinline)) void harden_wipe_stack(void)
{
    char below[STACK_DEPTH];
    explicit_bzero(below, sizeof below);
}
