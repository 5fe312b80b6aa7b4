#include "audit/selectors.h"

#include <json-c/json.h>
#include <string.h>

#include "base/json.h"

enum { READS = 1, WRITES = 2, ALL = READS | WRITES };

static size_t count_of(struct json_object *list)
{
    return json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
}

static struct json_object *member(struct json_object *object, const char *name)
{
    struct json_object *value = NULL;
    if (json_object_is_type(object, json_type_object))
        (void)json_object_object_get_ex(object, name, &value);
    return value;
}

static bool is_word(struct json_object *value, const char *word)
{
    return json_object_is_type(value, json_type_string) &&
           strcmp(json_object_get_string(value), word) == 0;
}

static bool has_word(struct json_object *list, const char *word)
{
    for (size_t i = 0; i < count_of(list); i++)
        if (is_word(json_object_array_get_idx(list, i), word))
            return true;
    return false;
}

/* What one selector lets through whole: READS, WRITES, both, or 0. */
typedef unsigned selector_question(struct json_object *selector);

static unsigned ask_basic(struct json_object *selector)
{
    struct json_object *kind = member(selector, "ReadWriteType");
    if (!json_object_get_boolean(member(selector, "IncludeManagementEvents")) ||
        count_of(member(selector, "ExcludeManagementEventSources")) > 0)
        return 0;
    return is_word(kind, "All")         ? ALL
           : is_word(kind, "ReadOnly")  ? READS
           : is_word(kind, "WriteOnly") ? WRITES
                                        : 0;
}

/* Every field narrows, so that only the category, and whether an event reads, may be among them. */
static unsigned ask_advanced(struct json_object *selector)
{
    struct json_object *fields = member(selector, "FieldSelectors");
    unsigned passes = ALL;
    bool management = false;
    for (size_t i = 0; i < count_of(fields); i++) {
        struct json_object *field = json_object_array_get_idx(fields, i);
        struct json_object *name = member(field, "Field"), *equals = member(field, "Equals");
        if (is_word(name, "eventCategory") && has_word(equals, "Management"))
            management = true;
        else if (is_word(name, "readOnly") && count_of(equals) == 1)
            passes &= has_word(equals, "true") ? READS : has_word(equals, "false") ? WRITES : 0;
        else
            passes = 0;
    }
    return management ? passes : 0;
}

static unsigned ask_each(struct json_object *selectors, selector_question *question)
{
    unsigned passes = 0;
    for (size_t i = 0; i < count_of(selectors); i++)
        passes |= question(json_object_array_get_idx(selectors, i));
    return passes;
}

enum fact selectors_record_all(const char *answer)
{
    enum { DEPTH = 16 };
    struct json_object *object = NULL;
    struct error err;
    if (!json_read(answer, strlen(answer), DEPTH, &object, &err))
        return FACT_UNKNOWN;
    struct json_object *basic = member(object, "EventSelectors");
    struct json_object *advanced = member(object, "AdvancedEventSelectors");
    bool any = count_of(basic) > 0 || count_of(advanced) > 0;
    unsigned passes = any ? ask_each(basic, ask_basic) | ask_each(advanced, ask_advanced) : ALL;
    json_object_put(object);
    return passes == ALL ? FACT_YES : FACT_NO;
}
