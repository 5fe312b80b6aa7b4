/* The elements that Keywright reads of each reply, XML or JSON: one table an action. Private to aws/. */
#ifndef KEYWRIGHT_AWS_FIELDS_H
#define KEYWRIGHT_AWS_FIELDS_H

#include "aws/client.h"
#include "base/text.h"

enum { MARKER_SIZE = 4096 };

/* Everything that a document can fill. */
struct document {
    struct aws_reply reply;
    struct credentials credentials;
    char marker[MARKER_SIZE];
    char code[64];
    char message[2048];
    struct text content; /* of the one FIELD_LONG, or of the FIELD_RECORD that is being read */
};

enum field_kind {
    FIELD_GROUP, /* an element that holds others */
    FIELD_ITEM,  /* an element of a list; begins a new item, may come any number of times */
    FIELD_TEXT,  /* must fit */
    FIELD_CUT,   /* text that may be cut: for people, not for programs */
    FIELD_TIME,
    FIELD_BOOL,
    FIELD_NUMBER, /* a whole one, not negative */
    FIELD_LONG,   /* text of any length, into document.content */
    FIELD_RECORD, /* of an event: its details are taken out of the text (aws/trail.h) */
    FIELD_SECRET, /* goes into document.credentials.secret */
    FIELD_TOKEN   /* ... .token */
};

struct field {
    const char *path; /* below the root */
    enum field_kind kind;
    bool required; /* and not empty; for a field of an item: in each item */
    bool of_item;  /* offset is into the item, not the document */
    size_t offset;
    size_t size;
};

enum { FIELDS_MOST = 12 };

struct field_table {
    bool tree; /* no fields: all of it (aws/tree.h) */
    struct field fields[FIELDS_MOST]; /* up to one whose path is NULL */
    size_t item_size;                 /* 0: no list */
    size_t items;                     /* offset of the pointer to the items in struct document */
    size_t item_count;                /* offset of their number */
};

/* Borrowed for ever. */
const struct field_table *fields_of_action(enum aws_action action);
const struct field_table *fields_of_error(void);

#endif
