/* The pieces of the HTML page of an audit: see audit_page.h. */
#include "cli/audit_page.h"

#include "base/text.h"

void page_lacks(struct page *page, const struct text *part)
{
    page->text->failed = page->text->failed || part->failed;
    page->text->starved = page->text->starved || part->starved;
}

void page_text(struct page *page, const char *value)
{
    struct text text CLEANUP(text_release);
    text_init(&text, 16384);
    text_append_safe(&text, value);
    page_lacks(page, &text);
    for (const char *at = text.bytes; *at != '\0'; at++)
        switch (*at) {
        case '&':
            text_append(page->text, "&amp;");
            break;
        case '<':
            text_append(page->text, "&lt;");
            break;
        case '>':
            text_append(page->text, "&gt;");
            break;
        case '"':
            text_append(page->text, "&quot;");
            break;
        case '\'':
            text_append(page->text, "&#39;");
            break;
        default:
            text_append_char(page->text, *at);
        }
}

void page_element(struct page *page, const char *open, const char *value, const char *close)
{
    text_append(page->text, open);
    page_text(page, value);
    text_append(page->text, close);
}

enum audit_status page_worst(const struct audit_tally *tally)
{
    return tally->fail > 0 ? AUDIT_FAIL : tally->unknown > 0 ? AUDIT_UNKNOWN : AUDIT_PASS;
}
