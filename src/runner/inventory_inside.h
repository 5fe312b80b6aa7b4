/* What the parts of inventory.c share. Private to runner/. */
#ifndef KEYWRIGHT_RUNNER_INVENTORY_INSIDE_H
#define KEYWRIGHT_RUNNER_INVENTORY_INSIDE_H

#include <json-c/json.h>

#include "base/text.h"
#include "runner/granted.h"
#include "runner/inventory.h"
#include "runner/pace.h"

/* What follows an answer, in its lane. */
enum turn {
    TURN_ON,    /* to the next source */
    TURN_SKIP,  /* to the one after it */
    TURN_BACK,  /* to the one before */
    TURN_AGAIN, /* the same source once more: its next part */
    TURN_PAUSE, /* the same, in a second */
    TURN_OVER   /* the inventory ends with the failure */
};

/* Sources that are asked one after the other, beside the other lanes: the table in order, cut where a source does
 * not follow the one before it. */
struct lane {
    struct inventory *inventory;
    size_t at, end; /* in the table; over when they are equal */
    size_t said;    /* what was begun, has been said up to here */
    bool asked;     /* the answer is awaited */
    struct pace pace; /* of its own: AWS throttles action by action */
    int64_t wake;   /* monotonic milliseconds before which it is not asked; 0: none */
};
enum { LANES_MAX = 32 };

/* What is asked next about a user. */
enum stage { LOOK_KEYS, LOOK_USES, LOOK_DEVICES, LOOK_OVER };

/* One user, while it is looked at. */
struct looking {
    struct inventory *inventory;
    struct looking *next;        /* of those that are held */
    struct looking *next_active; /* of all */
    enum stage stage;
    bool wants_devices;
    size_t user, count, kept, at_key;
    int64_t at;
    struct fact_key keys[FACTS_KEYS_MAX];
};

struct inventory {
    struct keeper *keeper;
    void (*go_on)(struct inventory *); /* begin what may be begun, and note when there is more to begin */
    void (*say)(void *, const char *);
    void *say_context;
    struct facts facts;
    char arn[704];
    struct lane lanes[LANES_MAX]; /* the first one alone at first: who asks */
    size_t lane_count;
    struct pace pace; /* of looking at users */
    size_t in_flight; /* requests in the keeper's hands */
    bool left;        /* nobody waits for it any more: freed with the last answer */
    bool listed;      /* all lanes are over */
    bool compared;    /* devices with users */
    bool over;        /* it ended, with failure when that has a code */
    struct error failure;
    struct error all_denied; /* for inventory_denied */
    int64_t wake; /* monotonic milliseconds; -1 when it waits for nothing but answers */
    /* the report */
    struct text base64; /* as far as it has come */
    struct text csv;    /* what it was, once it was whole */
    struct error denial; /* of its making */
    int64_t until;       /* monotonic milliseconds: it is waited for no longer; 0 for not begun */
    int tries;
    /* what policies allow */
    struct granted_place access_place;
    /* what an analyzer finds unused, and what is said of policies */
    struct unused_place {
        char token[4096];
        int pages;
    } unused_place;
    struct validating {
        size_t holder, policy; /* the next one: those of the account first, then each holder's */
        bool in_holders;
    } validating;
    /* keys and MFA devices of users, live */
    bool looks;             /* who there is is known, and they are looked at */
    bool looks_for_devices; /* some of them for their devices */
    size_t live_next;
    struct looking *held;   /* throttled, to be asked again; owned */
    struct looking *active; /* all that are begun, those that are held among them */
    const char *live_user;
    const struct access_selection *live_selection;
    bool live_failed, devices_failed; /* for all who come then */
    struct error live_failure, devices_failure;
};

/* One thing to ask for. */
struct source {
    enum message_kind kind;
    bool follows;     /* the source before it in the table, whose answer it needs */
    unsigned settles; /* what is known when it is over: a bit of audit/rests.h, 0 for nothing by itself */
    const char *says; /* told when it is begun; NULL for nothing */
    size_t noted;     /* offset in struct facts of the fact_source that says whether it was read;
                       * 0 when `take` deals with failures */
    /* Fill the body of the request; NULL: it is empty. */
    void (*fill)(const struct inventory *inventory, struct json_object *body);
    /* Take the answer. `body` is NULL when there is none, which only a source with noted == 0 sees, and then *err
     * says why; for OVER *err is what the inventory ends with. */
    enum turn (*take)(struct inventory *inventory, struct json_object *body, struct error *err);
};

/* inventory_sources.c: who asks, then the others; those that take longest first. */
const struct source *inventory_sources(size_t *ret_count);

/* inventory_services.c: Access Analyzer and CloudTrail */
enum turn inventory_take_analyzers(struct inventory *inventory, struct json_object *body,
                                   struct error *err);
void inventory_fill_unused(const struct inventory *inventory, struct json_object *body);
enum turn inventory_take_unused(struct inventory *inventory, struct json_object *body,
                                struct error *err);
enum turn inventory_take_trails(struct inventory *inventory, struct json_object *body,
                                struct error *err);
/* inventory_validate.c. After the policies are read: is there one to be validated, and is that wanted? */
bool inventory_begin_validation(struct inventory *inventory);
void inventory_fill_validation(const struct inventory *inventory, struct json_object *body);
enum turn inventory_take_validation(struct inventory *inventory, struct json_object *body,
                                    struct error *err);

/* inventory_report.c */
enum turn inventory_take_made(struct inventory *inventory, struct json_object *body,
                              struct error *err);
void inventory_fill_report(const struct inventory *inventory, struct json_object *body);
enum turn inventory_take_report(struct inventory *inventory, struct json_object *body,
                                struct error *err);

/* inventory_live.c: begin to look at users, who are all known. */
void inventory_begin_looking(struct inventory *inventory);
/* Ask about whoever is next, as far as the pace allows. With nothing in flight, nobody to ask about and all else
 * listed, the inventory ends. */
void inventory_look_on(struct inventory *inventory, int64_t now);

/* inventory_inside.c: free it; nothing is in flight. */
void inventory_destroy(struct inventory *inventory);
/* An answer has come. False when nobody wants it: then the inventory may be gone. */
bool inventory_arrived(struct inventory *inventory) MUST_USE;
/* Was it throttled, and is to be asked again? */
bool inventory_throttled(struct pace *pace, const struct error *err) MUST_USE;
/* It is to go on then, unless that is past: then it waits for answers. Monotonic milliseconds. */
void inventory_wake_at(struct inventory *inventory, int64_t when, int64_t now);
void inventory_end(struct inventory *inventory, const struct error *failure);
void inventory_say(const struct inventory *inventory, const char *what);

#endif
