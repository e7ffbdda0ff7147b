/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json/read.h"
#include "engine/controller/certificate_maker.h"
#include "engine/controller/identity_state.h"
#include "test.h"

#include <time.h>

enum { SECRETS = IDENTITY_SECRET_COUNT, MEMBERS = 6, DAY = 86400, GRACE_MS = 1000 };

static const struct str name_list[] = {STR_INIT("weir.weir-system.svc")};
static const struct server_names names = {name_list, ARRAY_LEN(name_list)};
static const struct identity_lifetimes lifetimes = {.ca_s = 90 * DAY, .leaf_s = 30 * DAY};

/* What an API server would have kept: members by Secret, and what a configuration carries. */
struct cluster {
    struct arena arena;
    struct secret_member members[SECRETS][MEMBERS];
    size_t counts[SECRETS];
    struct str bundle;
    int64_t now; /* seconds since the epoch */
    int64_t now_ms;
    struct rotation_memory memory;
};

static void set_member(struct cluster *cluster, enum identity_secret secret, struct secret_member member)
{
    struct secret_member *members = cluster->members[secret];
    size_t i = 0;

    while (i < cluster->counts[secret] && !str_equal(members[i].key, member.key))
        i++;
    CHECK(i < MEMBERS);
    members[i] = member;
    if (i == cluster->counts[secret])
        cluster->counts[secret]++;
}

/* Through the very text that goes to the API server. */
static struct value *secret_of(struct cluster *cluster, enum identity_secret secret)
{
    const struct secret_place place = {STR("weir-system"), STR("s"), STR("Opaque"), {NULL, 0}};
    struct value *document = NULL;
    struct text text;
    struct error err;

    if (cluster->counts[secret] == 0)
        return NULL;
    text_init(&text, &cluster->arena, SECRET_JSON_MAX);
    secret_object_encode(&text, &place, cluster->members[secret], cluster->counts[secret]);
    CHECK(json_read(&cluster->arena, text_str(&text), &document, &err) == 0);
    return document;
}

static struct identity_state state_of(struct cluster *cluster)
{
    return identity_state_read(&cluster->arena, secret_of(cluster, IDENTITY_SECRET_CA),
                               secret_of(cluster, IDENTITY_SECRET_LEAF));
}

/* One look and what follows; returns the step that was done. */
static enum rotation_step step(struct cluster *cluster)
{
    struct identity_state state = state_of(cluster);
    struct rotation_facts facts = identity_state_facts(&state, &names, cluster->now);
    struct str bundle = identity_state_bundle(&cluster->arena, &state, &facts);
    struct identity_change change;
    enum rotation_step ret;
    struct error err;

    facts.bundle = str_equal(bundle, cluster->bundle) ? BUNDLE_RIGHT : BUNDLE_WRONG;
    facts.bundle_id = str_hash(bundle, 0);
    ret = certificate_rotation_next(&cluster->memory, &facts, cluster->now_ms, GRACE_MS);
    if (ret == ROTATION_PUBLISH) {
        cluster->bundle = bundle;
    } else if (ret != ROTATION_NOTHING) {
        const struct identity_step made = {ret, cluster->now, names, lifetimes};

        CHECK(identity_state_change(&cluster->arena, &state, &made, &change, &err) == 0);
        for (size_t i = 0; i < change.count; i++)
            set_member(cluster, change.secret, change.members[i]);
    }
    return ret;
}

/* A leaf that was served up to a grace ago is verified by what a configuration carries now, and carried then.
 */
static bool is_trusted(struct cluster *cluster, struct str leaf, struct str bundle)
{
    struct identity_state state = state_of(cluster);
    const struct str cas[] = {state.ca.certificate, state.next.certificate, state.previous.certificate};

    for (size_t i = 0; i < ARRAY_LEN(cas); i++) {
        if (cas[i].len > 0 && certificate_pair_is_signed_by(leaf, cas[i]) &&
            str_contains(bundle, str_trim(cas[i])))
            return true;
    }
    return false;
}

static void check_steps(struct cluster *cluster, const enum rotation_step *want, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        enum rotation_step got = step(cluster);
        CHECK_ROW(got == want[i], "step %zu is %d, not %d", i, (int)got, (int)want[i]);
    }
}

#define CHECK_STEPS(cluster, ...)                                                                            \
    check_steps((cluster), (const enum rotation_step[]){__VA_ARGS__},                                        \
                sizeof((const enum rotation_step[]){__VA_ARGS__}) / sizeof(enum rotation_step))

static struct cluster new_cluster(void)
{
    struct cluster cluster = {.now = (int64_t)time(NULL)};

    arena_init(&cluster.arena);
    return cluster;
}

TEST(from_nothing_to_a_leaf_that_is_trusted)
{
    struct cluster cluster = new_cluster();

    CHECK_STEPS(&cluster, ROTATION_MAKE_CA, ROTATION_PUBLISH, ROTATION_ISSUE_LEAF, ROTATION_NOTHING);
    CHECK(is_trusted(&cluster, state_of(&cluster).leaf.certificate, cluster.bundle));
    arena_release(&cluster.arena);
}

TEST(a_ca_is_replaced_with_every_leaf_trusted_by_every_bundle_of_its_grace)
{
    struct cluster cluster = new_cluster();

    CHECK_STEPS(&cluster, ROTATION_MAKE_CA, ROTATION_PUBLISH, ROTATION_ISSUE_LEAF, ROTATION_NOTHING);
    cluster.now += 61 * DAY; /* the leaf's end, and two thirds of the CA's life */
    CHECK_STEPS(&cluster, ROTATION_ISSUE_LEAF, ROTATION_MAKE_NEXT_CA, ROTATION_PUBLISH, ROTATION_NOTHING);
    struct str old_leaf = state_of(&cluster).leaf.certificate;
    struct str both = cluster.bundle;
    CHECK(is_trusted(&cluster, old_leaf, both));

    cluster.now_ms += GRACE_MS;
    CHECK_STEPS(&cluster, ROTATION_PROMOTE_CA);
    CHECK_STEPS(&cluster, ROTATION_PUBLISH); /* the same CAs in another order */
    CHECK_STEPS(&cluster, ROTATION_ISSUE_LEAF, ROTATION_NOTHING);
    struct str new_leaf = state_of(&cluster).leaf.certificate;
    CHECK(is_trusted(&cluster, old_leaf, cluster.bundle) && is_trusted(&cluster, new_leaf, both));
    CHECK(is_trusted(&cluster, new_leaf, cluster.bundle));

    cluster.now_ms += GRACE_MS;
    CHECK_STEPS(&cluster, ROTATION_REMOVE_PREVIOUS, ROTATION_PUBLISH, ROTATION_NOTHING);
    CHECK(is_trusted(&cluster, new_leaf, cluster.bundle) && !is_trusted(&cluster, old_leaf, cluster.bundle));
    arena_release(&cluster.arena);
}

TEST(the_lost_secret_of_the_ca_costs_no_trust)
{
    struct cluster cluster = new_cluster();

    CHECK_STEPS(&cluster, ROTATION_MAKE_CA, ROTATION_PUBLISH, ROTATION_ISSUE_LEAF, ROTATION_NOTHING);
    struct str leaf = state_of(&cluster).leaf.certificate;
    cluster.counts[IDENTITY_SECRET_CA] = 0;
    CHECK_STEPS(&cluster, ROTATION_RECOVER_CA, ROTATION_PUBLISH, ROTATION_NOTHING);
    CHECK(is_trusted(&cluster, leaf, cluster.bundle));
    cluster.now_ms += GRACE_MS;
    CHECK_STEPS(&cluster, ROTATION_PROMOTE_CA, ROTATION_PUBLISH, ROTATION_ISSUE_LEAF, ROTATION_NOTHING);
    CHECK(is_trusted(&cluster, leaf, cluster.bundle));
    arena_release(&cluster.arena);
}

TEST(a_leaf_without_its_key_or_with_other_names_is_replaced)
{
    static const struct str other_list[] = {STR_INIT("weir.weir-system.svc"), STR_INIT("10.0.0.1")};
    static const struct server_names others = {other_list, ARRAY_LEN(other_list)};
    struct cluster cluster = new_cluster();

    CHECK_STEPS(&cluster, ROTATION_MAKE_CA, ROTATION_PUBLISH, ROTATION_ISSUE_LEAF, ROTATION_NOTHING);
    struct identity_state state = state_of(&cluster);
    CHECK(identity_state_facts(&state, &names, cluster.now).leaf.usable);
    CHECK(!identity_state_facts(&state, &others, cluster.now).leaf.usable);
    set_member(&cluster, IDENTITY_SECRET_LEAF, (struct secret_member){STR("tls.key"), state.ca.key});
    CHECK_STEPS(&cluster, ROTATION_ISSUE_LEAF, ROTATION_NOTHING);
    set_member(&cluster, IDENTITY_SECRET_LEAF, (struct secret_member){STR("tls.crt"), STR("garbage")});
    CHECK_STEPS(&cluster, ROTATION_ISSUE_LEAF, ROTATION_NOTHING);
    arena_release(&cluster.arena);
}

TEST(what_is_no_certificate_is_in_no_bundle)
{
    struct cluster cluster = new_cluster();

    CHECK_STEPS(&cluster, ROTATION_MAKE_CA, ROTATION_PUBLISH, ROTATION_ISSUE_LEAF, ROTATION_NOTHING);
    set_member(&cluster, IDENTITY_SECRET_CA, (struct secret_member){STR("previous.crt"), STR("garbage")});
    CHECK_STEPS(&cluster, ROTATION_NOTHING);
    struct identity_state state = state_of(&cluster);
    set_member(&cluster, IDENTITY_SECRET_CA, (struct secret_member){STR("next.crt"), state.leaf.certificate});
    CHECK_STEPS(&cluster, ROTATION_NOTHING); /* a leaf is no CA */
    arena_release(&cluster.arena);
}

TEST_MAIN()
