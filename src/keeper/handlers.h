/* The handlers, by file. Each is a request_step: it answers the request once, now or later. What a
 * request and its reply carry is in wire/message.h. */
#ifndef KEYWRIGHT_KEEPER_HANDLERS_H
#define KEYWRIGHT_KEEPER_HANDLERS_H

#include "keeper/request.h"

/* hello.c */
void handle_hello(struct request *request);
void handle_prepare(struct request *request);

/* identity.c */
void handle_identify(struct request *request);
void handle_list_users(struct request *request);
void handle_list_mfa(struct request *request);

/* audit.c */
void handle_generate_report(struct request *request);
void handle_read_report(struct request *request);
void handle_read_summary(struct request *request);
void handle_read_password_policy(struct request *request);
void handle_list_devices(struct request *request);
void handle_list_holders(struct request *request);
void handle_list_certificates(struct request *request);
void handle_list_analyzers(struct request *request);
void handle_list_unused(struct request *request);
void handle_validate_policy(struct request *request);
void handle_list_trails(struct request *request);

/* access.c */
void handle_read_access(struct request *request);

/* keys.c */
void handle_list_keys(struct request *request);
void handle_read_last_used(struct request *request);
void handle_create_key(struct request *request);
void handle_switch_key(struct request *request);
void handle_delete_key(struct request *request);

/* trail.c */
void handle_lookup_events(struct request *request);

/* session.c, keep.c */
void handle_take_session(struct request *request);
void handle_keep_session(struct request *request);

/* enrol.c */
void handle_create_mfa(struct request *request);
void handle_show_seed(struct request *request);
void handle_hide_secret(struct request *request);
void handle_enable_mfa(struct request *request);
void handle_delete_mfa(struct request *request);

/* probe.c */
void handle_probe_key(struct request *request);

/* targets.c */
void handle_try_target(struct request *request);
void handle_deliver(struct request *request);
void handle_check_target(struct request *request);
void handle_restore(struct request *request);
void handle_remove_backup(struct request *request);

/* discover.c, seek.c */
void handle_discover(struct request *request);
void handle_seek_key(struct request *request);

/* tests.c */
void handle_run_test(struct request *request);

/* notify.c */
void handle_notify(struct request *request);

/* doctor.c */
void handle_doctor(struct request *request);

#endif
