/* usage: print_audit FORM REPORT
 *
 * Prints the audit of an account of which nothing is known but a credential report, in a form of
 * `keywright audit`: html, csv, json, sarif, asff, ocsf. For names that no IAM takes, and more users than
 * a practice account has. The time of the audit is that of the file, so that each form of one
 * report tells the same. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "cli/audit.h"

static bool print_form(const struct audit *audit, const char *form, struct error *err)
{
    if (strcmp(form, "html") == 0)
        return audit_write_html(audit, "-", err);
    if (strcmp(form, "csv") == 0)
        audit_print_csv(audit, NULL, NULL);
    else if (strcmp(form, "json") == 0)
        audit_print_json(audit, NULL, NULL);
    else if (strcmp(form, "sarif") == 0)
        audit_print_sarif(audit);
    else if (strcmp(form, "asff") == 0)
        audit_print_asff(audit);
    else if (strcmp(form, "ocsf") == 0)
        audit_print_ocsf(audit, NULL, NULL);
    else
        return error_set(err, ERROR_USAGE, "no form '%s'", form);
    return true;
}

int main(int argc, char **argv)
{
    struct facts facts CLEANUP(facts_release);
    struct error err = {0}, denied = {.code = ERROR_DENIED};
    char *csv = NULL;
    size_t length = 0;
    struct stat status;
    if (argc != 3 || stat(argv[2], &status) != 0) {
        fputs("usage: print_audit FORM REPORT\n", stderr);
        return 2;
    }
    facts_init(&facts);
    facts.now = status.st_mtime;
    strcpy(facts.account, "111122223333");
    strcpy(facts.partition, "aws");
    snprintf(denied.text, sizeof denied.text, "<b>not</b> allowed & \"so\" on");
    fact_source_fail(&facts.summary, &denied);
    struct audit audit = {.facts = &facts,
                          .arn = "arn:aws:iam::111122223333:user/<i>auditor</i>",
                          .region = "eu-west-1"};
    bool good = file_read(argv[2], (size_t)1 << 28, &csv, &length, &err) &&
                facts_read_report(&facts, csv, length, facts.now - 60, &err) &&
                print_form(&audit, argv[1], &err);
    file_bytes_free(csv, length);
    if (!good)
        fprintf(stderr, "print_audit: %s\n", err.text);
    return good ? 0 : 1;
}
