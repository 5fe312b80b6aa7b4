/* Policy documents. Input: one as IAM returns it, percent-encoded or plain. */
#include <stdlib.h>
#include <string.h>

#include "audit/policy.h"
#include "base/text.h"
#include "tests/fuzz/fuzz.h"

static void encode(const uint8_t *data, size_t size, struct text *text)
{
    for (size_t i = 0; i < size; i++)
        text_appendf(text, "%%%02x", data[i]);
}

static void check_digest(const struct policy_digest *digest)
{
    CHECK(memchr(digest->services, '\0', sizeof digest->services) != NULL);
    CHECK(memchr(digest->why, '\0', sizeof digest->why) != NULL);
    CHECK(digest->understood == (digest->why[0] == '\0'));
    /* Who may do everything may do all of IAM. */
    CHECK(digest->all_of_iam >= digest->everything);
    CHECK(digest->understood || (digest->everything == POLICY_NO && !digest->denies_iam &&
                                 digest->all_of_iam == POLICY_NO && digest->services[0] == '\0'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct policy_digest plain, encoded;
    CLEANUP(text_release) struct text text;
    text_init(&text, 3 * size + 1);
    policy_read((const char *)data, size, &plain);
    check_digest(&plain);
    /* An encoded one is what the plain one is, unless that is encoded itself. */
    encode(data, size, &text);
    policy_read(text.bytes, text.length, &encoded);
    check_digest(&encoded);
    if (memchr(data, '{', size) == NULL || text.length > 500 * 1024)
        return 0;
    CHECK(plain.understood == encoded.understood && plain.everything == encoded.everything &&
          plain.all_of_iam == encoded.all_of_iam && plain.denies_iam == encoded.denies_iam);
    CHECK(strcmp(plain.services, encoded.services) == 0 && strcmp(plain.why, encoded.why) == 0);
    return 0;
}
