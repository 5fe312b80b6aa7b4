/* Targets: where the new pair is handed over. One file a kind; each kind fills one row of the table
 * in deliver.c. All of it runs in the keeper and blocks, for moments (waiting for a lock at most
 * 10 s). No command is run here, and nothing is shown: keeper/handover.c and keeper/showing.c do
 * that, and ask this room for what the command is given and what stands on the screen.
 *
 *     file:PATH             every pair of the old key in that AWS file (what `file` expands to)
 *     file:PROFILE@PATH     only in that profile of that file (what file:PROFILE expands to)
 *     command:CMD           credentials as JSON (credential_process form) on CMD's standard input
 *     show                  a person reads it from the terminal, once
 *
 * PATH is absolute; whether it is a config or a credentials file is seen from where the key stands
 * in it. `rotation` is the rotation's ID: the back-up of the old pair is NAME.keywright-ID beside
 * the file (behind symbolic links), an INI snippet with one section a profile.
 */
#ifndef KEYWRIGHT_DELIVER_DELIVER_H
#define KEYWRIGHT_DELIVER_DELIVER_H

#include "base/error.h"
#include "base/text.h"
#include "profile/profile.h"
#include "sign/credentials.h"

struct deliver_request {
    const char *rotation;
    const char *spec;
    const char *old_key;
    const char *new_key;
    const char *verify; /* --verify, "" for none */
    const char *user;   /* whose key it is, to be shown; NULL or "" when not known */
};

/* USAGE for a spec that no kind knows. `ret_readable`: it can be read back. */
bool deliver_describe(const char *spec, bool *ret_readable, struct error *err) MUST_USE;

/* What the specification names: the path of a file, or a command; NULL for another kind. Borrowed from
 * it. */
const char *deliver_path(const char *spec);
const char *deliver_command(const char *spec);
bool deliver_shows(const char *spec); /* it is shown to a person */
/* What stands on the screen, safe for a terminal: first what is about to be shown (without the secret)
 * and for how long, then the pair. Appended to ret_page, and at most 4 KiB. */
bool deliver_show_ready(const struct deliver_request *request, int minutes, struct text *ret_page,
                        struct error *err) MUST_USE;
bool deliver_show_page(const struct deliver_request *request, const struct credentials *pair,
                       struct secret **ret_page, struct error *err) MUST_USE;
/* What a command gets on its standard input: credentials as JSON, and a newline. At most 4 KiB. */
bool deliver_command_input(const struct credentials *pair, struct secret **ret_input,
                           struct error *err) MUST_USE;

/* All but the last step: for a file the old pair is found whole and the same in all its profiles,
 * the change is made in memory, a temporary file is made beside it and removed, and the back-up's
 * name is free; for a command its program is found. ret_place: where, for the operator. TARGET with
 * the cause. */
bool deliver_try(const struct deliver_request *request, struct text *ret_place,
                 struct error *err) MUST_USE;

/* Hand `pair` over: back up the old pair first (0600, synced), then replace. Doing it again is
 * harmless: a file that holds the new pair and not the old key is done, a back-up that holds the old
 * pair is kept. ret_place: the back-up's path, "" for none. TARGET when the file holds neither key,
 * which somebody else has done then; CHANGED, BUSY, PERMISSION, IO as file_replace. Not
 * for a command (INTERNAL). */
bool deliver_hand_over(const struct deliver_request *request, const struct credentials *pair,
                       struct text *ret_place, struct error *err) MUST_USE;

/* Read the target back: which key does it hold (ret_pair: the new one if any place holds it, else
 * the old, else empty), and does any place of it still hold the old key? TARGET when it cannot be
 * read. */
bool deliver_read(const struct deliver_request *request, struct credentials *ret_pair,
                  bool *ret_old_key_there, struct error *err) MUST_USE;

/* The old pair from the back-up, or from the target while it still holds it. NOT_FOUND. */
bool deliver_old_pair(const struct deliver_request *request, struct credentials *ret_pair,
                      struct error *err) MUST_USE;

/* Rollback: wherever the new key stands, the old pair again; other edits stay. A file that does not
 * hold the new key needs nothing. NOT_FOUND when no back-up holds the old pair. A command cannot be
 * asked to give anything back (TARGET): hand the old pair over to it instead. */
bool deliver_restore(const struct deliver_request *request, struct error *err) MUST_USE;

/* The back-up is no longer needed, nor what an interrupted run left beside the file. ret_place: the
 * path that is gone, "" for none. */
bool deliver_remove_backup(const struct deliver_request *request, struct text *ret_place,
                           struct error *err) MUST_USE;

#endif
