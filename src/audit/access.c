#include "audit/access.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/grow.h"

/* --- owning ------------------------------------------------------------------------------------*/

static void words_release(struct access_words *words)
{
    for (size_t i = 0; i < words->count; i++)
        free(words->list[i]);
    free(words->list);
}

static void policy_release(struct access_policy *policy)
{
    free(policy->name);
    free(policy->arn);
    free(policy->document);
}

static void policies_release(struct access_policies *policies)
{
    for (size_t i = 0; i < policies->count; i++)
        policy_release(&policies->list[i]);
    free(policies->list);
}

static void holder_release(struct access_holder *holder)
{
    free(holder->name);
    free(holder->arn);
    free(holder->path);
    free(holder->boundary);
    words_release(&holder->groups);
    words_release(&holder->attached);
    words_release(&holder->tags);
    policies_release(&holder->inlines);
}

void access_release(struct access *access)
{
    for (size_t i = 0; i < access->count; i++)
        holder_release(&access->list[i]);
    free(access->list);
    policies_release(&access->managed);
    *access = (struct access){0};
}

static bool copied(char **to, const char *from, struct error *err)
{
    *to = strdup(from);
    return *to != NULL || error_set(err, ERROR_MEMORY, "gathering what policies allow");
}

struct access_holder *access_add_holder(struct access *access, enum access_kind kind,
                                        const char *name, const char *arn, const char *path,
                                        struct error *err)
{
    struct access_holder holder = {.kind = kind};
    void *list = audit_grown(access->list, &access->room, access->count, sizeof holder, err);
    if (list == NULL)
        return NULL;
    access->list = list;
    if (!copied(&holder.name, name, err) || !copied(&holder.arn, arn, err) ||
        !copied(&holder.path, path, err) || !copied(&holder.boundary, "", err)) {
        holder_release(&holder);
        return NULL;
    }
    access->list[access->count] = holder;
    return &access->list[access->count++];
}

bool access_set_boundary(struct access_holder *holder, const char *arn, struct error *err)
{
    char *copy;
    if (!copied(&copy, arn, err))
        return false;
    free(holder->boundary);
    holder->boundary = copy;
    return true;
}

bool access_add_word(struct access_words *words, const char *word, struct error *err)
{
    void *list = audit_grown(words->list, &words->room, words->count, sizeof *words->list, err);
    if (list == NULL)
        return false;
    words->list = list;
    if (!copied(&words->list[words->count], word, err))
        return false;
    words->count++;
    return true;
}

struct access_policy *access_add_policy(struct access_policies *policies, const char *name,
                                        const char *arn, const char *document, struct error *err)
{
    struct access_policy policy = {0};
    void *list = audit_grown(policies->list, &policies->room, policies->count, sizeof policy, err);
    if (list == NULL)
        return NULL;
    policies->list = list;
    if (!copied(&policy.name, name, err) || !copied(&policy.arn, arn, err)) {
        free(policy.name);
        return NULL;
    }
    policy_read(document, strlen(document), &policy.digest);
    policies->list[policies->count] = policy;
    return &policies->list[policies->count++];
}

bool access_keep_document(struct access_policy *policy, const char *document, struct error *err)
{
    CLEANUP(text_release) struct text text;
    size_t length = strlen(document);
    text_init(&text, length + 2);
    if (!policy_plain(document, length, &text)) {
        text_clear(&text);
        text_append(&text, document);
    }
    return text_ok(&text, err) && copied(&policy->document, text.bytes, err);
}

/* --- finding -----------------------------------------------------------------------------------*/

static int by_name(const void *a, const void *b)
{
    const struct access_holder *one = a, *other = b;
    return one->kind != other->kind ? (one->kind < other->kind ? -1 : 1)
                                    : strcmp(one->name, other->name);
}

static int by_arn(const void *a, const void *b)
{
    const struct access_policy *one = a, *other = b;
    return strcmp(one->arn, other->arn);
}

static void drop_doubles(struct access *access)
{
    struct access_policies *managed = &access->managed;
    size_t kept = 0;
    for (size_t i = 0; i < access->count; i++)
        if (kept > 0 && by_name(&access->list[kept - 1], &access->list[i]) == 0)
            holder_release(&access->list[i]);
        else
            access->list[kept++] = access->list[i];
    access->count = kept;
    kept = 0;
    for (size_t i = 0; i < managed->count; i++)
        if (kept > 0 && by_arn(&managed->list[kept - 1], &managed->list[i]) == 0)
            policy_release(&managed->list[i]);
        else
            managed->list[kept++] = managed->list[i];
    managed->count = kept;
}

void access_sort(struct access *access)
{
    if (access->count > 1)
        qsort(access->list, access->count, sizeof *access->list, by_name);
    if (access->managed.count > 1)
        qsort(access->managed.list, access->managed.count, sizeof *access->managed.list, by_arn);
    drop_doubles(access);
}

const struct access_holder *access_holder(const struct access *access, enum access_kind kind,
                                          const char *name)
{
    const struct access_holder wanted = {.kind = kind, .name = (char *)(uintptr_t)name};
    return access->count == 0 ? NULL
                              : bsearch(&wanted, access->list, access->count, sizeof wanted, by_name);
}

const struct access_policy *access_managed(const struct access *access, const char *arn)
{
    const struct access_policy wanted = {.arn = (char *)(uintptr_t)arn};
    return access->managed.count == 0 ? NULL
                                      : bsearch(&wanted, access->managed.list,
                                                access->managed.count, sizeof wanted, by_arn);
}

/* --- selecting ---------------------------------------------------------------------------------*/

static bool is_member(const struct access_holder *user, const char *group)
{
    for (size_t i = 0; i < user->groups.count; i++)
        if (strcmp(user->groups.list[i], group) == 0)
            return true;
    return false;
}

static bool has_tag(const struct access_holder *user, const char *tag)
{
    size_t length = strcspn(tag, "=");
    for (size_t i = 0; i + 1 < user->tags.count; i += 2) {
        const char *key = user->tags.list[i], *value = user->tags.list[i + 1];
        if (strlen(key) == length && strncmp(key, tag, length) == 0 &&
            (tag[length] == '\0' || strcmp(value, tag + length + 1) == 0))
            return true;
    }
    return false;
}

static bool selects(const struct access_selection *selection, const struct access_holder *user)
{
    return user->kind == ACCESS_USER &&
           (selection->group == NULL || is_member(user, selection->group)) &&
           (selection->path == NULL ||
            strncmp(user->path, selection->path, strlen(selection->path)) == 0) &&
           (selection->tag == NULL || has_tag(user, selection->tag));
}

bool access_selects(const struct access *access, const struct access_selection *selection,
                    const char *user)
{
    if (selection == NULL)
        return true;
    const struct access_holder *holder = access_holder(access, ACCESS_USER, user);
    return holder != NULL && selects(selection, holder);
}

size_t access_count_selected(const struct access *access, const struct access_selection *selection)
{
    size_t count = 0;
    for (size_t i = 0; i < access->count; i++)
        count += access->list[i].kind == ACCESS_USER &&
                 (selection == NULL || selects(selection, &access->list[i]));
    return count;
}

/* --- administrators ----------------------------------------------------------------------------*/

/* What a set of policies comes to. */
struct weighing {
    enum policy_grant grant;
    bool denied;
    bool unclear;
    char through[256]; /* the policy that gives the most */
    char why[256];     /* it is unclear: the first reason */
};

static void weigh(struct weighing *weighing, const char *name, const struct policy_digest *digest)
{
    if (!digest->understood && !weighing->unclear) {
        weighing->unclear = true;
        snprintf(weighing->why, sizeof weighing->why, "policy %.90s is not understood: %s", name,
                 digest->why);
    }
    weighing->denied = weighing->denied || digest->denies_iam;
    if (digest->all_of_iam <= weighing->grant)
        return;
    weighing->grant = digest->all_of_iam;
    snprintf(weighing->through, sizeof weighing->through, "policy %.90s%s", name,
             digest->all_of_iam == POLICY_UNDER_CONDITION ? " under a condition" : "");
}

/* Of those that AWS made, these give all of IAM. Source: AWS Managed Policy Reference Guide. */
static bool is_aws_administrator(const char *name)
{
    return strcmp(name, "AdministratorAccess") == 0 || strcmp(name, "IAMFullAccess") == 0;
}

static void weigh_managed(const struct access *access, struct weighing *weighing, const char *arn)
{
    const struct access_policy *policy = access_managed(access, arn);
    const char *slash = strrchr(arn, '/'), *name = slash != NULL ? slash + 1 : arn;
    if (policy != NULL) {
        weigh(weighing, name, &policy->digest);
    } else if (strstr(arn, ":iam::aws:policy/") != NULL) {
        struct policy_digest digest = {.understood = true};
        digest.all_of_iam = is_aws_administrator(name) ? POLICY_ALWAYS : POLICY_NO;
        weigh(weighing, name, &digest);
    } else {
        struct policy_digest digest = {.why = "AWS did not list it"};
        weigh(weighing, name, &digest);
    }
}

static void weigh_holder(const struct access *access, struct weighing *weighing,
                         const struct access_holder *holder)
{
    for (size_t i = 0; i < holder->inlines.count; i++)
        weigh(weighing, holder->inlines.list[i].name, &holder->inlines.list[i].digest);
    for (size_t i = 0; i < holder->attached.count; i++)
        weigh_managed(access, weighing, holder->attached.list[i]);
}

static void weigh_groups(const struct access *access, struct weighing *weighing,
                         const struct access_holder *user)
{
    for (size_t i = 0; i < user->groups.count; i++) {
        const char *name = user->groups.list[i];
        const struct access_holder *group = access_holder(access, ACCESS_GROUP, name);
        enum policy_grant before = weighing->grant;
        if (group != NULL)
            weigh_holder(access, weighing, group);
        else if (!weighing->unclear)
            snprintf(weighing->why, sizeof weighing->why, "AWS did not list the group %.90s", name);
        weighing->unclear = weighing->unclear || group == NULL;
        size_t used = strlen(weighing->through);
        if (weighing->grant > before)
            snprintf(weighing->through + used, sizeof weighing->through - used,
                     " of the group %.60s", name);
    }
}

/* What the boundary does not allow is not allowed. */
static void weigh_boundary(const struct access *access, struct weighing *weighing, const char *arn)
{
    struct weighing boundary = {.grant = POLICY_NO};
    if (*arn == '\0')
        return;
    weigh_managed(access, &boundary, arn);
    if (boundary.unclear && weighing->grant != POLICY_NO) {
        weighing->unclear = true;
        snprintf(weighing->why, sizeof weighing->why, "%s", boundary.why);
    }
    weighing->denied = weighing->denied || boundary.denied;
    if (boundary.grant < weighing->grant)
        weighing->grant = boundary.grant;
}

enum access_answer access_is_administrator(const struct access *access,
                                           const struct access_holder *user, char *ret_through,
                                           size_t size)
{
    struct weighing weighing = {.grant = POLICY_NO};
    weigh_holder(access, &weighing, user);
    weigh_groups(access, &weighing, user);
    weigh_boundary(access, &weighing, user->boundary);
    bool certain = !weighing.denied && weighing.grant == POLICY_ALWAYS;
    bool unclear = !weighing.denied && !certain &&
                   (weighing.unclear || weighing.grant == POLICY_UNDER_CONDITION);
    snprintf(ret_through, size, "%s",
             weighing.unclear && !certain ? weighing.why : weighing.through);
    return certain ? ACCESS_YES : unclear ? ACCESS_UNCLEAR : ACCESS_NO;
}
