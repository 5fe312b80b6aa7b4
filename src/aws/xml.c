#include "aws/xml.h"

#include <stdlib.h>
#include <string.h>

#include <expat.h>

#include "base/scrub.h"

enum { PATH_SIZE = 512, DEPTH_MOST = 32 };

struct xml {
    XML_Parser parser;
    const struct xml_events *events;
    void *context;
    bool failed;
    struct error failure;
    size_t depth;
    size_t ends[DEPTH_MOST]; /* length of the path of each open element */
    char path[PATH_SIZE];
};

static void fail(struct xml *xml)
{
    xml->failed = true;
    XML_StopParser(xml->parser, XML_FALSE);
}

static void XMLCALL on_open(void *data, const XML_Char *name, const XML_Char **attributes)
{
    (void)attributes;
    struct xml *xml = data;
    if (xml->failed)
        return;
    const char *colon = strrchr(name, ':');
    const char *local = colon != NULL ? colon + 1 : name;
    size_t length = strlen(local);
    size_t used = xml->depth > 0 ? xml->ends[xml->depth - 1] : 0;
    if (xml->depth == DEPTH_MOST || used + 1 + length >= PATH_SIZE) {
        error_set(&xml->failure, ERROR_REPLY, "elements nested more than %d deep", DEPTH_MOST);
        fail(xml);
        return;
    }
    if (used > 0)
        xml->path[used++] = '/';
    memcpy(xml->path + used, local, length + 1);
    xml->ends[xml->depth++] = used + length;
    if (!xml->events->open(xml->context, xml->path, &xml->failure))
        fail(xml);
}

static void XMLCALL on_close(void *data, const XML_Char *name)
{
    (void)name;
    struct xml *xml = data;
    if (xml->failed)
        return;
    if (!xml->events->close(xml->context, xml->path, &xml->failure)) {
        fail(xml);
        return;
    }
    xml->depth--;
    xml->path[xml->depth > 0 ? xml->ends[xml->depth - 1] : 0] = '\0';
}

static void XMLCALL on_text(void *data, const XML_Char *bytes, int length)
{
    struct xml *xml = data;
    if (!xml->failed && !xml->events->text(xml->context, bytes, (size_t)length, &xml->failure))
        fail(xml);
}

static void XMLCALL on_doctype(void *data, const XML_Char *name, const XML_Char *system_id,
                               const XML_Char *public_id, int has_subset)
{
    (void)name, (void)system_id, (void)public_id, (void)has_subset;
    struct xml *xml = data;
    error_set(&xml->failure, ERROR_REPLY, "a document type declaration, which no reply of AWS has");
    fail(xml);
}

bool xml_new(const struct xml_events *events, void *context, struct xml **ret_xml,
             struct error *err)
{
    static const XML_Memory_Handling_Suite memory = {scrub_malloc, scrub_realloc, scrub_free};
    struct xml *xml = calloc(1, sizeof *xml);
    XML_Parser parser = xml != NULL ? XML_ParserCreate_MM(NULL, &memory, NULL) : NULL;
    if (parser == NULL) {
        free(xml);
        return error_set(err, ERROR_MEMORY, "no room to read a reply");
    }
    xml->parser = parser;
    xml->events = events;
    xml->context = context;
    XML_SetUserData(parser, xml);
    XML_SetElementHandler(parser, on_open, on_close);
    XML_SetCharacterDataHandler(parser, on_text);
    XML_SetStartDoctypeDeclHandler(parser, on_doctype);
    *ret_xml = xml;
    return true;
}

void xml_free(struct xml *xml)
{
    if (xml == NULL)
        return;
    XML_ParserFree(xml->parser);
    free(xml);
}

static bool parse(struct xml *xml, const char *bytes, size_t length, bool last, struct error *err)
{
    if (!xml->failed && XML_Parse(xml->parser, bytes, (int)length, last) != XML_STATUS_OK &&
        !xml->failed) {
        xml->failed = true;
        error_set(&xml->failure, ERROR_REPLY, "line %lu of the XML: %s",
                  (unsigned long)XML_GetCurrentLineNumber(xml->parser),
                  XML_ErrorString(XML_GetErrorCode(xml->parser)));
    }
    if (xml->failed && err != NULL)
        *err = xml->failure;
    return !xml->failed;
}

bool xml_feed(struct xml *xml, const char *bytes, size_t length, struct error *err)
{
    static const size_t piece = 1 << 20;
    for (; length > piece; bytes += piece, length -= piece)
        if (!parse(xml, bytes, piece, false, err))
            return false;
    return parse(xml, bytes, length, false, err);
}

bool xml_end(struct xml *xml, struct error *err)
{
    return parse(xml, "", 0, true, err);
}
