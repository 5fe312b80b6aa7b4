/* A case of a signing suite, in whatever form it came, and the running of it: for check_sigv4. */
#ifndef KEYWRIGHT_TESTS_SIGV4_CASE_H
#define KEYWRIGHT_TESTS_SIGV4_CASE_H

#include "sign/sign.h"

enum { CASE_FILE_MOST = 1 << 20, CASE_HEADERS_MOST = 32, CASE_PATH_SIZE = 4096 };

struct tally {
    int passed, failed, skipped;
};

/* Strings are borrowed from what the case was read from. */
struct sigv4_case {
    const char *name;
    struct credentials credentials;
    const char *token;
    int64_t time;
    const char *region, *service;
    const char *method, *path, *query;
    struct sign_header sent[CASE_HEADERS_MOST];
    size_t sent_count;
    const char *body;
    size_t body_length;
    /* Expected; NULL when the case does not tell. */
    const char *canonical, *to_sign, *signature, *authorization;
    const char *signed_request; /* must have the authorization in it, where that is not given */
};

/* Print how it ended, unless it passed, and count it. */
void case_run(const struct sigv4_case *kase, struct tally *tally);
void case_fail(struct tally *tally, const char *name, const char *why);
void case_skip(struct tally *tally, const char *name, const char *why);

/* Read a case of one of the three forms and run it. */
void case_run_folder(const char *directory, struct tally *tally);
void case_run_older(const char *directory, const char *name, struct tally *tally);
void case_run_json(const char *path, struct tally *tally);

#endif
