/* The state of the terminal interface, the messages that change it and the wishes that come out.
 * Data only; app.h says how it moves, view.h what it looks like. */
#ifndef KEYWRIGHT_TUI_STATE_H
#define KEYWRIGHT_TUI_STATE_H

#include "audit/remedy.h"
#include "journal/journal.h"
#include "rotation/rotation.h"
#include "runner/inventory.h"
#include "runner/runner.h"
#include "runner/survey.h"
#include "tui/dialog.h"
#include "tui/keymap.h"

enum {
    OPEN_ROWS_MAX = 64,   /* open rotations on the home screen; history has all */
    KEY_ROWS_MAX = 512,   /* keys there; `keywright keys` has all */
    LINES_MAX = 32,       /* last events on the rotation screen */
    PAGE_MAX = 128,       /* rows of a history or events page */
    PAGES_MAX = 1024,     /* history pages that can be gone back */
    LINE_SIZE = 256,
    LEFTOVERS_SIZE = 4096,
    WISHES_MAX = 4,
    FINDINGS_TEXT_MAX = 64 * 1024 * 1024,
    FINDINGS_MAX = 100000, /* on the audit screen; `keywright audit` has all */
    CHANGES_MAX = DIALOG_LINES - 1, /* there; `keywright audit --changes` has all */
    KEY_AGE_MAX = 90 * 86400 /* seconds; an Active key over this is marked as due */
};

/* --- home ------------------------------------------------------------------------------------- */

struct key_row {
    struct survey_row survey;
    enum dialog_held held;
    char place[TEXT_SIZE]; /* where the key was found here; "" when not known */
};

struct home {
    struct rotation_row open[OPEN_ROWS_MAX];
    size_t open_count;
    struct key_row *keys; /* KEY_ROWS_MAX of them, owned */
    size_t key_count;
    bool keys_cut;        /* there are more */
    bool asked;           /* a survey was begun */
    bool finished;
    struct error error; /* code NONE: none */
    char account[ACCOUNT_SIZE], arn[ARN_SIZE], region[WORD_SIZE];
    char surprise[512]; /* whose credentials count, where that is not what was asked for; "" */
    int64_t skew;
    size_t at; /* over open rotations, then keys */
    char marked[KEY_ID_SIZE]; /* what is there, by name; "" until the mark was moved */
    bool marked_key;
};

/* --- rotation --------------------------------------------------------------------------------- */

/* An event as a line for people. */
struct event_line {
    int64_t seq, at;
    char sentence[LINE_SIZE];
    char facts[TEXT_SIZE * 2];
    char hash[65]; /* events screen only */
};

struct rotation_pane {
    bool present; /* there is a run to show */
    char id[ID_SIZE];
    char alias[WORD_SIZE]; /* of the account; "": not known */
    char user[USER_SIZE]; /* as asked for, until the rotation is opened */
    char key[KEY_ID_SIZE];
    enum runner_status status;
    struct rotation state;
    struct effect effect;
    struct error error;
    char pause[TEXT_SIZE]; /* why it pauses between two looks, kept while it looks; "" */
    char leftovers[LEFTOVERS_SIZE];
    struct event_line lines[LINES_MAX]; /* oldest first */
    size_t line_count;
    enum question dismissed; /* asked, and put away unanswered */
    int64_t dismissed_seq;
    size_t gate_at; /* marked gate, index into gates_for_state */
    bool on_gates;  /* the focus is there, and not on what comes next */
};

/* --- history and events ------------------------------------------------------------------------ */

/* One page is held, and the keyset anchors of the pages before it. */
struct history {
    struct rotation_row *rows; /* PAGE_MAX of them, owned */
    int64_t numbers[PAGE_MAX];
    size_t count, at;
    bool more;
    int64_t anchors[PAGES_MAX];
    size_t page;
    bool at_end; /* mark the last row once the page has come */
    struct field filter;
    bool filtering;
    struct error error;
};

struct events {
    char id[ID_SIZE];
    struct event_line *lines; /* PAGE_MAX of them, owned */
    size_t count, at;
    int64_t after; /* the page shows events with seq > after */
    bool more, at_end;
    enum tui_screen from;
    struct error error;
};

/* --- audit -------------------------------------------------------------------------------------- */

/* Its texts are offsets in findings.pool. */
struct finding_row {
    const struct audit_check *check;
    enum audit_status status;
    enum audit_fix fix;
    size_t resource, detail, permission, key;
    int rank;     /* by status, then severity: those of the least come first */
    size_t order; /* of arrival */
    bool queued;  /* marked by the operator: to be fixed, one after the other */
    bool begun;   /* a rotation of its key was opened from here */
};

enum audience_kind { USERS_ALL, USERS_ONE, USERS_GROUP, USERS_PATH, USERS_TAG };

/* Whom an audit is about: "" is not asked for, as in struct access_selection. */
struct audience {
    char user[USER_SIZE], group[132], path[516], tag[388];
};

struct findings {
    bool present; /* those of an audit are there */
    bool whole;   /* and all of them; otherwise what was known so far */
    bool held;    /* the mark is the operator's: it stays with its finding while others arrive */
    bool running; /* one is under way */
    char doing[WORD_SIZE]; /* what it is at */
    struct inventory_progress progress;
    struct finding_row *rows; /* owned, as is what follows: what failed, what is unknown, what passed */
    size_t count, room;
    size_t *shown; /* indices of rows: what filter and `passed` leave */
    size_t shown_count;
    size_t shown_tally[AUDIT_UNKNOWN + 1]; /* of them, by status */
    struct text pool;
    size_t tally[AUDIT_UNKNOWN + 1]; /* of all findings, by status */
    size_t at;                       /* in shown */
    bool passed;                     /* what passed is shown too */
    struct field filter;
    bool filtering;
    char account[ACCOUNT_SIZE];
    int64_t report_at;          /* the credential report's; 0: there is none */
    char no_report[TEXT_SIZE];  /* why */
    char not_live[TEXT_SIZE];   /* why keys are told as the report has them; "" when they are not */
    struct error error;         /* why there is no audit */
    bool leads;                 /* the rotation on screen was begun here, and leads back here */
    struct audience audience;
    struct audience listed;     /* whom those that are there are about */
    bool enrolled;              /* the operator, from here, since the last audit began */
    int64_t before_at;          /* the audit before; 0: none that is known */
    size_t change_count;        /* since that one */
    struct text changes;        /* the first of them, a line each */
};

/* --- an MFA code, to look with ------------------------------------------------------------------ */

struct code_question {
    bool open; /* it is to be asked, as soon as nothing else is */
    char serial[TEXT_SIZE];
    struct error why;
};

/* --- the app ----------------------------------------------------------------------------------- */

struct notice {
    char text[TEXT_SIZE];
    bool bad;
};

struct app {
    int rows, columns;
    bool unicode;
    const char *resume_command; /* borrowed; what to type to go on, without the ID */
    const char *rotate_command; /* likewise, to begin, without --user and --key */
    const char *given_to; /* likewise: targets of the command line or the settings, in words; "" for none */
    bool given_compromised; /* --compromised was given */
    int64_t now; /* our clock, as last told */
    enum tui_screen screen;
    bool help;
    size_t help_top;
    bool moving;    /* the mark of a list is on its way: what is told of the row under it waits for the keys to rest */
    size_t rest_at; /* and is that of this row meanwhile */
    struct notice notice; /* until the next key */
    char warnings[2048];  /* of AWS files and environment, a line each */
    struct home home;
    struct rotation_pane rotation;
    struct history history;
    struct events events;
    struct findings findings;
    struct code_question code;
    struct dialog dialog;
};

enum message_to_app {
    TO_APP_KEY,
    TO_APP_SIZE,
    TO_APP_CLOCK,
    TO_APP_REST,          /* no key for a moment */
    TO_APP_OPEN_BEGIN,    /* a fresh list of open rotations follows */
    TO_APP_OPEN_ROW,      /* row */
    TO_APP_SURVEY,        /* survey rows so far, identity, error */
    TO_APP_REGION,        /* text */
    TO_APP_WARNINGS,      /* text: lines; place: whose credentials count, when that is surprising, or "" */
    TO_APP_PLACE,         /* key `text` was found at `place`; flag: in a profile. place "": nowhere */
    TO_APP_SURVEY_FAILED, /* the survey could not be begun: error */
    TO_APP_ROTATION,      /* the run as it stands */
    TO_APP_EVENT,         /* event of the run */
    TO_APP_RUN_ENDED,     /* there is no run any more */
    TO_APP_HISTORY_BEGIN,
    TO_APP_HISTORY_ROW,   /* row, number */
    TO_APP_HISTORY_END,   /* flag: there are more; error */
    TO_APP_EVENTS_BEGIN,
    TO_APP_EVENTS_ROW,    /* event, text: hash */
    TO_APP_EVENTS_END,    /* flag: there are more; error */
    TO_APP_AUDIT_BEGUN,
    TO_APP_AUDIT_PROGRESS, /* text, NULL: as before; progress */
    TO_APP_AUDIT_RESULT,   /* account. The findings follow; those of before are gone. */
    TO_APP_AUDIT_FINDING,  /* finding, fix, text: key */
    TO_APP_AUDIT_SO_FAR,   /* those that came are to be shown; there are more to come */
    TO_APP_AUDIT_REPORT,   /* number: time of the report, text: why there is none, error: why users were
                              not looked at live */
    TO_APP_AUDIT_END,
    TO_APP_AUDIT_CHANGES,  /* number: when the audit before was; 0: none. The changes since follow. */
    TO_APP_AUDIT_CHANGE,   /* text */
    TO_APP_AUDIT_ABOUT,    /* audience: whom it is about, from the start on */
    TO_APP_AUDIT_FAILED,   /* error; code NONE: it was stopped */
    TO_APP_ENROLLED,      /* the operator has an MFA device now */
    TO_APP_CODE,          /* an MFA code of the device `text` is wanted, to look; error: why */
    TO_APP_NOTICE,        /* text, flag: something failed */
    TO_APP_REQUEST        /* ask for the plan of this start: text: key, place: user; both may be "" */
};

/* Pointers are borrowed for the call. */
struct app_message {
    enum message_to_app kind;
    struct key key;
    int rows, columns;
    int64_t now;
    const struct rotation_row *row;
    int64_t number;
    bool flag;
    const char *text, *place;
    const struct error *error; /* NULL: none */
    const struct event *event;
    /* SURVEY */
    const struct survey_row *survey;
    size_t survey_count;
    const char *account, *arn;
    int64_t skew;
    /* ROTATION */
    enum runner_status status;
    const struct rotation *rotation;
    const struct effect *effect;
    const char *leftovers, *alias;
    /* AUDIT */
    const struct inventory_progress *progress;
    const struct audit_finding *finding;
    enum audit_fix fix;
    const struct audience *audience;
};

enum wish_kind {
    WISH_QUIT,        /* leave; an open rotation is named on the way out */
    WISH_INTERRUPT,   /* the same, by Ctrl-C */
    WISH_SUSPEND,
    WISH_REPAINT,
    WISH_BELL,
    WISH_REFRESH,     /* survey and open rotations anew */
    WISH_START,       /* key, user, quiet, soak, compromised, text: target; "": as given */
    WISH_PLACE,       /* key: where is it held? */
    WISH_RESUME,      /* id */
    WISH_ANSWER,      /* text */
    WISH_OVERRIDE,    /* gate, text: reason */
    WISH_RETRY,
    WISH_ROLLBACK,    /* text: reason */
    WISH_ABANDON,     /* text: reason */
    WISH_HISTORY,     /* number: anchor, limit, text: filter */
    WISH_EVENTS,      /* id, number: after, limit */
    WISH_CODE,        /* text: the MFA code, to look with */
    WISH_AUDIT,       /* about app.findings.audience */
    WISH_AUDIT_STOP,
    WISH_ENROLL,      /* a device of the operator's own user */
    WISH_MESSAGE      /* user: the message for somebody without MFA, on the plain terminal */
};

struct wish {
    enum wish_kind kind;
    char id[ID_SIZE];
    char key[KEY_ID_SIZE];
    char user[USER_SIZE];
    char text[TEXT_SIZE];
    enum gate_id gate;
    int64_t quiet, soak; /* seconds */
    bool compromised;
    int64_t number;
    size_t limit;
};

struct wishes {
    size_t count;
    struct wish items[WISHES_MAX];
};

/* True while something on screen counts seconds: then TO_APP_CLOCK is due once a second. */
bool app_counts(const struct app *app);
/* Which conditional commands work now: bits of enum when. */
unsigned app_when(const struct app *app);
/* Rows of a history or events page at this size. */
size_t app_history_rows(const struct app *app);
size_t app_events_rows(const struct app *app);
/* Lines of the list of findings, headings included. */
size_t app_findings_rows(const struct app *app);
/* Which row is told of in full beside a list whose mark is at `at`. */
size_t app_told(const struct app *app, size_t at);
/* A row of the home screen, or NULL; and what is marked there. */
const struct key_row *app_key_at(const struct app *app, size_t at);
const struct rotation_row *app_rotation_at(const struct app *app, size_t at);
const struct key_row *app_marked_key(const struct app *app);
const struct rotation_row *app_marked_rotation(const struct app *app);
/* A row of the audit screen, or NULL; what is marked there; and a text of it. */
const struct finding_row *app_finding_at(const struct app *app, size_t at);
const struct finding_row *app_marked_finding(const struct app *app);
const char *finding_status_words(enum audit_status status); /* "Could not be checked" */
const char *app_finding_text(const struct app *app, size_t offset);
/* The first of the queue, or NULL, and how many there are. */
const struct finding_row *app_queued_finding(const struct app *app, size_t *ret_count);
/* The key that a question or a step is about: what is known of it, or NULL. */
const struct key_state *app_key_state(const struct app *app, const char *key);

/* What to type to rotate this key; an empty `user` or `key` is left out. */
void app_rotate_command(const struct app *app, const char *user, const char *key, struct text *text);

/* The operator is this IAM user of the account that is audited. */
bool app_is_self(const struct app *app, const char *user);
/* "group oncall, path /ops/"; "" for everybody. */
void app_audience_words(const struct app *app, struct text *text);

/* Add a wish; never NULL (the last place is used again when there is no room). */
struct wish *wishes_add(struct wishes *wishes, enum wish_kind kind);
void app_notice(struct app *app, bool bad, const char *text);
/* An event in words. `hash` may be NULL. */
void event_line_set(struct event_line *line, const struct event *event, const char *hash);

#endif
