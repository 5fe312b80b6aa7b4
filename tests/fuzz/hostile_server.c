/* hostile_server FILE names|errors: an endpoint on loopback whose every name, or every error, is the
 * text of the file. Prints its port. Signatures are not looked at: nothing here is to be believed, which
 * is the point. Answers one request after the other, each on a connection of its own. */
#include "config.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"

#define KEY "AKIAOLDOLDOLDOLD0001"
#define AT "<CreateDate>2024-11-29T00:00:00Z</CreateDate>"

static char raw[512];  /* the text */
static char xml[4096]; /* in which markup is escaped; controls stay, though XML has none */

static void read_text(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        exit(1);
    }
    raw[fread(raw, 1, sizeof raw - 1, file)] = '\0';
    fclose(file);
    size_t used = 0;
    for (const char *at = raw; *at != '\0' && used + 8 < sizeof xml; at++)
        used += (size_t)snprintf(xml + used, sizeof xml - used, *at == '<'   ? "&lt;"
                                                               : *at == '>' ? "&gt;"
                                                               : *at == '&' ? "&amp;"
                                                                            : "%c", *at);
}

/* The answers that hold names, %s being the text. */
static const struct {
    const char *action, *inside;
} answers[] = {
    {"GetCallerIdentity", "<Arn>arn:aws:iam::111122223333:user/%s</Arn><UserId>%s</UserId>"
                          "<Account>111122223333</Account>"},
    {"GetUser", "<User><UserName>%s</UserName><UserId>%s</UserId>"
                "<Arn>arn:aws:iam::111122223333:user/%s</Arn>" AT "</User>"},
    {"ListUsers", "<Users><member><UserName>%s</UserName><UserId>%s</UserId>"
                  "<Arn>arn:aws:iam::111122223333:user/%s</Arn>" AT "</member></Users>"
                  "<IsTruncated>false</IsTruncated>"},
    {"ListAccessKeys", "<AccessKeyMetadata><member><UserName>%s</UserName><AccessKeyId>" KEY
                       "</AccessKeyId><Status>Active</Status>" AT "</member></AccessKeyMetadata>"
                       "<IsTruncated>false</IsTruncated>"},
    {"GetAccessKeyLastUsed", "<UserName>%s</UserName><AccessKeyLastUsed><Region>%s</Region>"
                             "<LastUsedDate>2026-01-12T12:00:00Z</LastUsedDate>"
                             "<ServiceName>%s</ServiceName></AccessKeyLastUsed>"},
    {"ListMFADevices", "<MFADevices><member><UserName>%s</UserName><SerialNumber>%s</SerialNumber>"
                       "<EnableDate>2024-01-01T00:00:00Z</EnableDate></member></MFADevices>"
                       "<IsTruncated>false</IsTruncated>"},
};

static void append_filled(struct text *text, const char *form)
{
    for (const char *at = form; *at != '\0'; at++)
        if (at[0] == '%' && at[1] == 's') {
            text_append(text, xml);
            at++;
        } else {
            text_append_char(text, *at);
        }
}

/* Returns the status. */
static int answer(const char *request, bool errors, struct text *body)
{
    char wanted[64];
    for (size_t i = 0; !errors && i < sizeof answers / sizeof *answers; i++) {
        const char *name = answers[i].action;
        snprintf(wanted, sizeof wanted, "Action=%s", name);
        const char *found = strstr(request, wanted);
        char after = found != NULL ? found[strlen(wanted)] : 'x';
        if (after != '&' && after != '\0')
            continue;
        text_appendf(body, "<%sResponse><%sResult>", name, name);
        append_filled(body, answers[i].inside);
        text_appendf(body, "</%sResult><ResponseMetadata><RequestId>", name);
        append_filled(body, "%s");
        text_appendf(body, "</RequestId></ResponseMetadata></%sResponse>", name);
        return 200;
    }
    append_filled(body, "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied%s</Code>"
                        "<Message>User: %s is not allowed to do %s</Message></Error>"
                        "<RequestId>%s</RequestId></ErrorResponse>");
    return 403;
}

static void send_text(int connection, const struct text *text)
{
    for (size_t sent = 0; sent < text->length;) {
        ssize_t more = send(connection, text->bytes + sent, text->length - sent, MSG_NOSIGNAL);
        if (more <= 0)
            return;
        sent += (size_t)more;
    }
}

static void serve(int connection, bool errors)
{
    char request[16384], date[64];
    size_t length = 0;
    for (;;) { /* up to the end of the body */
        ssize_t got = recv(connection, request + length, sizeof request - 1 - length, 0);
        if (got <= 0)
            return;
        length += (size_t)got;
        request[length] = '\0';
        const char *end = strstr(request, "\r\n\r\n");
        const char *header = strcasestr(request, "\r\nContent-Length:");
        size_t wanted = header != NULL ? strtoul(header + 17, NULL, 10) : 0;
        if (end != NULL && length >= (size_t)(end + 4 - request) + wanted)
            break;
    }
    struct text head CLEANUP(text_release), body CLEANUP(text_release);
    text_init(&head, 65536);
    text_init(&body, 65536);
    int status = answer(request, errors, &body);
    time_t now = time(NULL);
    struct tm parts;
    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&now, &parts));
    text_appendf(&head, "HTTP/1.1 %d ", status);
    text_append(&head, raw); /* a reason phrase may be anything */
    text_appendf(&head, "\r\nDate: %s\r\nx-amzn-RequestId: %s\r\nServer: %s\r\nConnection: close\r\n"
                 "Content-Length: %zu\r\n\r\n", date, raw, raw, body.length);
    send_text(connection, &head);
    send_text(connection, &body);
}

int main(int argc, char **argv)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    if (argc != 3)
        return 2;
    read_text(argv[1]);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(listener, 64) != 0 || getsockname(listener, (struct sockaddr *)&address, &size) != 0)
        return 1;
    printf("%u\n", (unsigned)ntohs(address.sin_port));
    fflush(stdout);
    for (;;) {
        int connection = accept(listener, NULL, NULL);
        if (connection < 0)
            continue;
        serve(connection, strcmp(argv[2], "errors") == 0);
        close(connection);
    }
}
