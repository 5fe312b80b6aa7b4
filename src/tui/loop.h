/* What the loop holds while the interface runs, and how the app is told things. */
#ifndef KEYWRIGHT_TUI_LOOP_H
#define KEYWRIGHT_TUI_LOOP_H

#include "runner/code.h"
#include "runner/reveal.h"
#include "runner/lend.h"
#include "runner/runner.h"
#include "runner/speaker.h"
#include "runner/survey.h"
#include "tui/app.h"
#include "tui/tui.h"

enum { QUEUE_MAX = 16 };

struct loop {
    const struct tui_options *options;
    char actor[WORD_SIZE];
    struct app *app;
    struct painter *painter;
    struct journal *journal;
    struct keeper *keeper; /* NULL until it is needed */
    struct starter *starter; /* of keepers: this program, in its cage, starts nothing */
    bool keeper_gone;
    struct speaker speaker; /* whom that keeper speaks for */
    struct survey *survey;
    bool survey_told; /* the app has seen it finished */
    bool survey_old;  /* the run has done something since it was begun */
    struct inventory *inventory; /* of an audit under way; NULL */
    struct reveal reveal;        /* what of it the app was told */
    bool reveals;                /* it is told as it comes: no list that is whole stands there meanwhile */
    bool audience_known;         /* whom it is about is there */
    int64_t reveal_at;           /* when it is told more; monotonic milliseconds */
    struct audience audience;    /* whom it is about */
    struct access_selection selection; /* the same, borrowed from there; used when `selected` */
    bool selected;
    struct runner *runner;
    enum runner_status status; /* as the app was last told */
    int64_t told_seq;
    struct effect told_effect;
    bool code_used; /* --mfa-code is good for one */
    struct code code; /* of tui/code.h */
    bool code_for_survey, code_for_audit; /* what is looked at again with it */
    struct wish queue[QUEUE_MAX];
    size_t queued;
    bool dirty;             /* the app has changed since the last frame */
    struct lend lend;       /* of the terminal, to the keeper */
    int64_t rest_at;        /* the keys rest from then on; monotonic milliseconds */
    bool leaving, done;
    bool interrupted;
    int by_signal;          /* its number, 0 for none */
    int64_t leave_by;       /* monotonic milliseconds */
};

/* tell.c: update the app; what it wishes for is queued. */
void loop_tell(struct loop *loop, const struct app_message *message);
void loop_notice(struct loop *loop, bool bad, const char *text);
/* A failure as a notice: cause and remedy. */
void loop_notice_error(struct loop *loop, const struct error *error);

/* A running keeper that speaks for `speaker`; another one is let go. There must be no run in hand. */
bool loop_keeper(struct loop *loop, const struct speaker *speaker, struct error *err) MUST_USE;
/* As the options say. */
void loop_speaker(const struct loop *loop, struct speaker *ret_speaker);
/* Begin the survey of the home screen anew; failures go to the app. */
void loop_survey(struct loop *loop);
/* Ask where this key is held; the app is told. */
void loop_place(struct loop *loop, const char *key);
/* Tell the app what the survey has by now. */
void loop_survey_progress(struct loop *loop);
/* Begin to leave: at once, or when the request in hand has its outcome; a second time, at once. */
void loop_leave(struct loop *loop, bool interrupted);
/* Let keeper, survey, audit and run go, in that order: replies that are still owed find their owner. */
void loop_release(struct loop *loop);

#endif
