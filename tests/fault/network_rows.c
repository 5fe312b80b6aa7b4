#include "network_rows.h"

#include <stdio.h>
#include <string.h>

#include "practice/fault.h"

/* Faults of the practice account that are not what the table's defaults make of them, are harmless,
 * or take time. A hang is longer than a request may take; what is late by half a second is not. */
static const struct network_row known[] = {
    {"delay", "=0.3", true, false, 0},
    {"delay_after", "=0.3", true, false, 0},
    {"hang_before", "=1.5", false, false, 500},
    {"hang_after", "=1.5", false, false, 500},
    {"trickle", "=0.3", true, false, 0},
    {"chunked", "", true, false, 0},
    {"no_length", "", true, false, 0},
    {"continue", "", true, false, 0},
    {"headers", "=20", true, false, 0},
    {"bom", "", true, false, 0},
    {"declaration", "", true, false, 0},
    {"cdata", "", true, false, 0},
    {"comment", "", true, false, 0},
    {"prefix", "", true, false, 0},
    {"odd", "", true, false, 0},
    {"type", "", true, false, 0},
    {"skewed", "", false, true, 0},
    {"date_ahead", "", false, true, 0},
};

/* What is executed after the client has given up, which no row of the table says. */
static const struct network_row late = {"delay", "=1.5", false, false, 1000};

static const struct network_row peer_rows[] = {
    {"throttle", "", false, false, 0},
    {"throttle429", "", false, false, 0},
    {"slowdown", "", false, false, 0},
    {"unavailable", "", false, false, 0},
    {"internal", "", false, false, 0},
    {"html502", "", false, false, 0},
    {"limit", "", false, false, 0},
    {"expired", "", false, false, 0},
    {"request_expired", "", false, false, 0},
    {"reject_token", "", false, false, 0},
    {"error", "\"status\":403,\"code\":\"AccessDenied\",\"message\":\"not today\",", false, false, 0},
    {"reset_before", "", false, false, 0},
    {"close_before", "", false, false, 0},
    {"hang_before", "\"seconds\":1.5,", false, false, 500},
    {"delay_before", "\"ms\":300,", true, false, 0},
    {"delay_before", "\"ms\":1500,", false, false, 1000},
    {"partial_headers_before", "", false, false, 0},
    {"reset_after", "", false, false, 0},
    {"close_after", "", false, false, 0},
    {"hang_after", "\"seconds\":1.5,", false, false, 500},
    {"error_after", "", false, false, 0},
    {"delay_after", "\"ms\":300,", true, false, 0},
    {"truncate", "", false, false, 0},
    {"truncate", "\"rst\":true,", false, false, 0},
    {"trickle", "\"chunk\":200,\"ms\":20,", true, false, 0},
    {"chunked", "\"ext\":true,\"trailer\":true,", true, false, 0},
    {"bad_chunk", "", false, false, 0},
    {"no_length", "", true, false, 0},
    {"dup_length", "", false, false, 0},
    {"gzip", "", false, false, 0},
    {"wrong_type", "", true, false, 0},
    {"continue100", "", true, false, 0},
    {"many_headers", "\"n\":200,", true, false, 0},
    {"huge", "\"mb\":40,", false, false, 0},
    {"date_offset", "\"seconds\":3600,", false, true, 0},
    {"date_offset", "\"seconds\":-3600,", false, false, 0},
    {"hostile_text", "", false, false, 0},
    {"raw", "\"b64\":\"U1NILTIuMC1PcGVuU1NIXzkuMg0K\",", false, false, 0},
    {"malformed", "\"kind\":\"cut\",", false, false, 0},
    {"malformed", "\"kind\":\"garbage\",", false, false, 0},
    {"malformed", "\"kind\":\"empty\",", false, false, 0},
    {"malformed", "\"kind\":\"unclosed\",", false, false, 0},
    {"malformed", "\"kind\":\"nul\",", false, false, 0},
    {"malformed", "\"kind\":\"latin1\",", false, false, 0},
    {"malformed", "\"kind\":\"wrong_root\",", false, false, 0},
    {"malformed", "\"kind\":\"nested\",", false, false, 0},
    {"malformed", "\"kind\":\"entity\",", false, false, 0},
    {"malformed", "\"kind\":\"xxe\",", false, false, 0},
    {"malformed", "\"kind\":\"dup_key\",", false, false, 0},
    {"malformed", "\"kind\":\"no_secret\",", false, false, 0},
    {"malformed", "\"kind\":\"bom\",", true, false, 0},
    {"malformed", "\"kind\":\"xmldecl\",", true, false, 0},
    {"malformed", "\"kind\":\"cdata\",", true, false, 0},
    {"malformed", "\"kind\":\"comment\",", true, false, 0},
    {"malformed", "\"kind\":\"prefix\",", true, false, 0},
};

static const char *const practice_names[] = {
#define X(code, name, executed, end, refusal, body, wire, meaning, value, says) name,
    FAULT_TABLE(X)
#undef X
};
enum { PRACTICE_NAMES = sizeof practice_names / sizeof practice_names[0] };

const struct network_row *network_rows(bool peer, size_t *ret_count)
{
    static struct network_row rows[PRACTICE_NAMES + 1];
    if (peer) {
        *ret_count = sizeof peer_rows / sizeof peer_rows[0];
        return peer_rows;
    }
    for (size_t i = 0; i < PRACTICE_NAMES; i++) {
        rows[i] = (struct network_row){.name = practice_names[i], .with = ""};
        for (size_t k = 0; k < sizeof known / sizeof known[0]; k++)
            if (strcmp(known[k].name, practice_names[i]) == 0)
                rows[i] = known[k];
    }
    rows[PRACTICE_NAMES] = late;
    *ret_count = PRACTICE_NAMES + 1;
    return rows;
}

void network_fault(bool peer, const struct network_row *row, long skip, long times,
                   char to[NETWORK_FAULT_SIZE])
{
    if (peer)
        snprintf(to, NETWORK_FAULT_SIZE, "{\"fault\":\"%s\",%s\"skip\":%ld,\"times\":%ld}", row->name,
                 row->with, skip, times);
    else
        snprintf(to, NETWORK_FAULT_SIZE, "%s%s:*:%ld:%ld", row->name, row->with, skip, times);
}
