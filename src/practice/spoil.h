/* Answers that are spoiled on purpose: what they say, and how they come over the wire. Pure. */
#ifndef KEYWRIGHT_PRACTICE_SPOIL_H
#define KEYWRIGHT_PRACTICE_SPOIL_H

#include <stdbool.h>

#include "base/text.h"

enum spoil_body {
    SPOIL_AS_IS,
    SPOIL_MALFORMED,   /* the last end tag is missing */
    SPOIL_CUT,         /* two thirds of it */
    SPOIL_EMPTY,       /* no body */
    SPOIL_GARBAGE,     /* 400 bytes of noise */
    SPOIL_HTML,        /* a page instead */
    SPOIL_UNCLOSED,    /* the end tag of one value is missing */
    SPOIL_NUL,         /* a byte NUL before a tag */
    SPOIL_LATIN1,      /* bytes that are not UTF-8 */
    SPOIL_NESTED,      /* 100,000 elements deep */
    SPOIL_ENTITY,      /* a document type whose entities multiply */
    SPOIL_XXE,         /* a document type with an entity that is a file */
    SPOIL_DOUBLED,     /* AccessKeyId, or else the first value, twice */
    SPOIL_NO_SECRET,   /* without SecretAccessKey */
    SPOIL_HOSTILE,     /* Message and UserName are terminal controls */
    SPOIL_BOM,         /* the rest is legal XML and must be accepted: a byte order mark, */
    SPOIL_DECLARATION, /* an XML declaration, */
    SPOIL_CDATA,       /* a value as CDATA, */
    SPOIL_COMMENT,     /* a comment that looks like a value inside of a value, */
    SPOIL_PREFIX,      /* a name space prefix on every tag, */
    SPOIL_ODD          /* or several of these */
};

enum spoil_wire {
    SPOIL_WIRE_PLAIN,
    SPOIL_WIRE_TYPED,       /* Content-Type: text/html */
    SPOIL_WIRE_MOVED,       /* Location: elsewhere on loopback */
    SPOIL_WIRE_TRUNCATED,   /* half of the body, then the connection ends */
    SPOIL_WIRE_HUGE,        /* white space behind the first tag: VALUE MiB */
    SPOIL_WIRE_HALF_HEAD,   /* the connection ends in the middle of the headers */
    SPOIL_WIRE_TRICKLED,    /* the body in pieces: over VALUE seconds */
    SPOIL_WIRE_CHUNKED,     /* in chunks with extensions, and a trailer */
    SPOIL_WIRE_BAD_CHUNK,   /* a chunk whose length is no number */
    SPOIL_WIRE_NO_LENGTH,   /* up to the end of the connection */
    SPOIL_WIRE_TWO_LENGTHS, /* two Content-Lengths that differ */
    SPOIL_WIRE_GZIPPED,     /* Content-Encoding: gzip */
    SPOIL_WIRE_INTERIM,     /* 100 Continue comes first */
    SPOIL_WIRE_PADDED,      /* VALUE KiB of headers */
    SPOIL_WIRE_NOISE        /* not HTTP at all */
};

/* What an answer is made of before it is spoiled. Borrowed. */
struct spoil_answer {
    int status;
    const char *content_type;
    const char *date;
    const char *request_id; /* "" for none */
    const struct text *body;
};

/* Spoil a body. */
void spoil_body(enum spoil_body how, struct text *body);
/* Is the answer one that an HTTP library would not write? Then its bytes are made by spoil_bytes,
 * and the connection ends after them. */
bool spoil_is_raw(enum spoil_wire how);
/* The bytes of a raw answer, appended to `to`. Where the body begins in them: *ret_body. */
void spoil_bytes(enum spoil_wire how, double value, const struct spoil_answer *answer,
                 struct text *to, size_t *ret_body);

#endif
