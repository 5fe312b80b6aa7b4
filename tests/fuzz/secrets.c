/* Apart, so that harnesses without secrets need no libcrypto. */
#include "tests/fuzz/fuzz.h"

#include "base/secret.h"

void fuzz_secrets(void)
{
    static bool made;
    bool locked;
    struct error err;
    if (!made)
        CHECK(secret_arena_init(&locked, &err));
    made = true;
}
