/* The kinds of targets: one row each. For deliver.c and the files of the kinds only. */
#ifndef KEYWRIGHT_DELIVER_KINDS_H
#define KEYWRIGHT_DELIVER_KINDS_H

#include "deliver/deliver.h"

/* The functions of deliver.h for one kind; `rest` is the spec after "KIND:". */
struct deliver_kind {
    const char *name;
    bool bare; /* the name alone is the spec; `rest` is "" */
    bool readable;
    bool (*check)(const char *rest, struct error *err);
    bool (*try)(const struct deliver_request *request, const char *rest, struct text *ret_place,
                struct error *err);
    bool (*hand_over)(const struct deliver_request *request, const char *rest,
                      const struct credentials *pair, struct text *ret_place, struct error *err);
    bool (*read)(const struct deliver_request *request, const char *rest,
                 struct credentials *ret_pair, bool *ret_old_key_there, struct error *err);
    bool (*old_pair)(const struct deliver_request *request, const char *rest,
                     struct credentials *ret_pair, struct error *err);
    bool (*restore)(const struct deliver_request *request, const char *rest, struct error *err);
    bool (*remove_backup)(const struct deliver_request *request, const char *rest,
                          struct text *ret_place, struct error *err);
};

extern const struct deliver_kind deliver_file_kind;
extern const struct deliver_kind deliver_command_kind;
extern const struct deliver_kind deliver_show_kind;

/* err gets the cause's text and details with the code TARGET. Always returns false. */
bool deliver_fail(struct error *err, const struct error *cause);

#endif
