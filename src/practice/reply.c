#include "practice/reply.h"

#include <string.h>

#include "base/when.h"

static const char *namespace_of(const char *service)
{
    return strcmp(service, "sts") == 0 ? "https://sts.amazonaws.com/doc/2011-06-15/"
                                       : "https://iam.amazonaws.com/doc/2010-05-08/";
}

void reply_open(struct text *text, const char *service, const char *action, bool result)
{
    text_appendf(text, "<%sResponse xmlns=\"%s\">", action, namespace_of(service));
    if (result)
        text_appendf(text, "<%sResult>", action);
}

static void request_id_element(struct text *text, const char *request_id)
{
    text_append(text, "<ResponseMetadata>");
    reply_element(text, "RequestId", request_id);
    text_append(text, "</ResponseMetadata>");
}

void reply_close(struct text *text, const char *action, bool result, const char *request_id)
{
    if (result)
        text_appendf(text, "</%sResult>", action);
    request_id_element(text, request_id);
    text_appendf(text, "</%sResponse>", action);
}

/* Control characters have no place in XML 1.0, not even escaped. */
static void escaped(struct text *text, const char *value)
{
    for (; *value != '\0'; value++) {
        unsigned char c = (unsigned char)*value;
        if (c == '&')
            text_append(text, "&amp;");
        else if (c == '<')
            text_append(text, "&lt;");
        else if (c == '>')
            text_append(text, "&gt;");
        else
            text_append_char(text, c < 0x20 || c >= 0x7f ? '?' : (char)c);
    }
}

void reply_element(struct text *text, const char *name, const char *value)
{
    text_appendf(text, "<%s>", name);
    escaped(text, value);
    text_appendf(text, "</%s>", name);
}

void reply_time(struct text *text, const char *name, long long time)
{
    char buffer[WHEN_TEXT_SIZE];
    reply_element(text, name, when_format(time, buffer));
}

void reply_error(struct text *text, const char *service, const struct account_refusal *refusal,
                 const char *request_id)
{
    text_appendf(text, "<ErrorResponse xmlns=\"%s\"><Error>", namespace_of(service));
    reply_element(text, "Type", refusal->http < 500 ? "Sender" : "Receiver");
    reply_element(text, "Code", refusal->code);
    reply_element(text, "Message", refusal->message);
    text_append(text, "</Error>");
    reply_element(text, "RequestId", request_id);
    text_append(text, "</ErrorResponse>");
}
