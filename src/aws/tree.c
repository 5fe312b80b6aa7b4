#include "aws/tree.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum { DEPTH_MOST = 32, NAME_SIZE = 64, NODES_MOST = 400000, TEXT_MOST = 1024 * 1024 };

struct node {
    char name[NAME_SIZE];
    struct json_object *value; /* NULL until an element stands in it */
};

struct tree {
    size_t depth, nodes;
    struct node open[DEPTH_MOST];
    struct text text; /* of the innermost, as long as it has no element in it */
    struct json_object *whole;
};

bool tree_new(struct tree **ret_tree, struct error *err)
{
    struct tree *tree = calloc(1, sizeof *tree);
    if (tree == NULL)
        return error_set(err, ERROR_MEMORY, "no room to read a reply");
    text_init(&tree->text, TEXT_MOST);
    *ret_tree = tree;
    return true;
}

void tree_free(struct tree *tree)
{
    if (tree == NULL)
        return;
    for (size_t i = 0; i < tree->depth; i++)
        json_object_put(tree->open[i].value);
    json_object_put(tree->whole);
    text_release(&tree->text);
    free(tree);
}

static bool is_item(const char *name)
{
    return strcmp(name, "member") == 0 || strcmp(name, "entry") == 0;
}

/* What this one will stand in: its first element tells what it is. */
static bool shape_parent(struct node *parent, const char *name, struct error *err)
{
    struct json_object *value = parent->value;
    bool item = is_item(name);
    if (value == NULL) {
        parent->value = item ? json_object_new_array() : json_object_new_object();
        return parent->value != NULL || error_set(err, ERROR_MEMORY, "no room for a reply");
    }
    if (item != json_object_is_type(value, json_type_array))
        return error_set(err, ERROR_REPLY, "%s is a list and is not", parent->name);
    if (!item && json_object_object_get_ex(value, name, NULL))
        return error_set(err, ERROR_REPLY, "%s comes twice", name);
    return true;
}

bool tree_open(struct tree *tree, const char *name, struct error *err)
{
    if (tree->depth == DEPTH_MOST || ++tree->nodes > NODES_MOST)
        return error_set(err, ERROR_REPLY, "more elements than a reply can have");
    if (strlen(name) >= NAME_SIZE)
        return error_set(err, ERROR_REPLY, "an element with a name of over %d bytes", NAME_SIZE - 1);
    if (tree->depth > 0 && !shape_parent(&tree->open[tree->depth - 1], name, err))
        return false;
    struct node *node = &tree->open[tree->depth++];
    *node = (struct node){.value = NULL};
    text_copy(node->name, sizeof node->name, name);
    text_clear(&tree->text);
    return true;
}

bool tree_text(struct tree *tree, const char *bytes, size_t length, struct error *err)
{
    if (tree->depth == 0 || tree->open[tree->depth - 1].value != NULL)
        return true; /* between elements */
    text_append_bytes(&tree->text, bytes, length);
    return text_ok(&tree->text, err);
}

static bool put_into(struct node *parent, const char *name, struct json_object *value,
                     struct error *err)
{
    bool done = json_object_is_type(parent->value, json_type_array)
                    ? json_object_array_add(parent->value, value) == 0
                    : json_object_object_add(parent->value, name, value) == 0;
    if (!done)
        json_object_put(value);
    return done || error_set(err, ERROR_MEMORY, "no room for a reply");
}

bool tree_close(struct tree *tree, struct error *err)
{
    struct node *node = &tree->open[tree->depth - 1];
    struct json_object *value = node->value;
    node->value = NULL;
    if (value == NULL && tree->depth > 1)
        value = json_object_new_string_len(tree->text.bytes, (int)tree->text.length);
    if (value == NULL && tree->depth > 1)
        return error_set(err, ERROR_MEMORY, "no room for a reply");
    tree->depth--;
    if (tree->depth > 0)
        return put_into(&tree->open[tree->depth - 1], node->name, value, err);
    tree->whole = value;
    return true;
}

static struct json_object *member_of(struct json_object *object, const char *name)
{
    struct json_object *value = NULL;
    bool has = json_object_is_type(object, json_type_object) &&
               json_object_object_get_ex(object, name, &value);
    return has ? value : NULL;
}

static const char *string_of(struct json_object *object, const char *name)
{
    struct json_object *value = member_of(object, name);
    return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : "";
}

bool tree_page(const struct tree *tree, const char *action, struct tree_page *ret_page,
               struct error *err)
{
    char name[NAME_SIZE + 8];
    snprintf(name, sizeof name, "%.60sResult", action);
    struct json_object *result = member_of(tree->whole, name);
    if (!json_object_is_type(result, json_type_object))
        return error_set(err, ERROR_REPLY, "%s is missing", name);
    *ret_page = (struct tree_page){
        .result = result,
        .truncated = strcmp(string_of(result, "IsTruncated"), "true") == 0,
        .marker = string_of(result, "Marker"),
        .request_id = string_of(member_of(tree->whole, "ResponseMetadata"), "RequestId"),
    };
    return true;
}

struct json_object *tree_whole(const struct tree *tree)
{
    return json_object_is_type(tree->whole, json_type_object) ? tree->whole : NULL;
}
