/* report FILE.csv: a credential report, read piece by piece and judged by every check about users. Prints
 * rows, seconds of the processor, and the most memory that was held; with the number of failed verdicts, so that none of the
 * work can be left out. */
#include <stdio.h>
#include <time.h>

#include <sys/resource.h>

#include "audit/facts.h"
#include "audit/report.h"
#include "audit/verdict.h"

enum { PIECE = 1 << 16, CHECKS_MOST = 64 };

struct bench {
    struct facts facts;
    struct facts_columns columns;
    audit_user_judge *judges[CHECKS_MOST];
    struct audit_finding finding;
    size_t judge_count, rows, failed;
};

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static bool judge(void *context, const struct report_row *row)
{
    struct bench *bench = context;
    struct fact_user user = {0};
    facts_read_row(&bench->columns, row, &user);
    for (size_t i = 0; i < bench->judge_count; i++) {
        audit_begin_finding(&bench->finding, NULL);
        bench->judges[i](&bench->facts, &user, &bench->finding);
        bench->failed += bench->finding.status == AUDIT_FAIL;
    }
    bench->rows++;
    return true;
}

static bool read_all(FILE *file, struct report_reader *reader, struct error *err)
{
    static char piece[PIECE];
    for (size_t length; (length = fread(piece, 1, sizeof piece, file)) > 0;)
        if (!report_reader_feed(reader, piece, length, err))
            return false;
    return report_reader_end(reader, err);
}

int main(int argc, char **argv)
{
    static struct bench bench;
    struct error err = {0};
    struct rusage usage;
    size_t count;
    const struct audit_check *checks = audit_checks(&count);
    for (size_t i = 0; i < count; i++) {
        enum audit_live live;
        audit_user_judge *judge_of = audit_user_judge_of(checks[i].id, &live);
        if (judge_of != NULL && bench.judge_count < CHECKS_MOST)
            bench.judges[bench.judge_count++] = judge_of;
    }
    facts_init(&bench.facts);
    fact_source_have(&bench.facts.report, 1764201600);
    bench.facts.now = 1764201600;
    FILE *file = argc == 2 ? fopen(argv[1], "r") : NULL;
    struct report_reader *reader = report_reader_new(judge, &bench, &err);
    double begun = seconds();
    if (file == NULL || reader == NULL || !read_all(file, reader, &err)) {
        fprintf(stderr, "report: %s\n", file == NULL ? "usage: report FILE.csv" : err.text);
        return 1;
    }
    double took = seconds() - begun;
    fclose(file);
    report_reader_free(reader);
    getrusage(RUSAGE_SELF, &usage);
    printf("%zu rows, %zu checks each, %zu failed; %.2f s, %ld MiB\n", bench.rows, bench.judge_count, bench.failed,
           took, usage.ru_maxrss / 1024);
    return 0;
}
