/* SPDX-License-Identifier: Apache-2.0 */
#include "core/controller/certificate_rotation.h"
#include "test.h"

enum { NOW = 1700000000, DAY = 86400, GRACE_MS = 600000 };

/* A certificate that was made `age` days ago and has `left` days to live. */
static struct certificate_fact certificate(uint64_t id, int64_t age, int64_t left)
{
    return (struct certificate_fact){.usable = true,
                                     .has_key = true,
                                     .not_before = NOW - age * DAY - CERTIFICATE_BACKDATE_S,
                                     .not_after = NOW + left * DAY,
                                     .id = id};
}

static const struct certificate_fact none = {.usable = false};

static struct certificate_fact without_key(struct certificate_fact fact)
{
    fact.has_key = false;
    return fact;
}

/* All is well. */
static struct rotation_facts healthy(void)
{
    return (struct rotation_facts){.now = NOW,
                                   .ca = certificate(1, 100, 265),
                                   .leaf = certificate(2, 1, 29),
                                   .leaf_signer = LEAF_SIGNER_CA,
                                   .leaf_ca = certificate(1, 100, 265),
                                   .bundle = BUNDLE_RIGHT,
                                   .bundle_id = 1};
}

static enum rotation_step next(const struct rotation_facts *facts)
{
    struct rotation_memory memory = {.published = false};

    return certificate_rotation_next(&memory, facts, 0, GRACE_MS);
}

static enum rotation_step next_after_grace(const struct rotation_facts *facts)
{
    struct rotation_memory memory = {.published = false};

    (void)certificate_rotation_next(&memory, facts, 0, GRACE_MS);
    (void)certificate_rotation_next(&memory, facts, GRACE_MS - 1, GRACE_MS);
    return certificate_rotation_next(&memory, facts, GRACE_MS, GRACE_MS);
}

TEST(a_certificate_is_due_when_a_third_of_its_life_is_left)
{
    const struct {
        int64_t age, left;
        bool want;
    } rows[] = {
        {0, 90, false}, {59, 31, false}, {60, 30, true}, {61, 29, true}, {90, 0, true}, {100, -10, true},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct certificate_fact fact = certificate(1, rows[i].age, rows[i].left);
        CHECK_ROW(certificate_rotation_is_due(&fact, NOW) == rows[i].want, "row %zu", i);
    }
    struct certificate_fact of_tomorrow = certificate(1, -1, 90);
    CHECK(certificate_rotation_is_due(&of_tomorrow, NOW));
    CHECK(certificate_rotation_is_due(&none, NOW));
}

TEST(where_all_is_well_nothing_is_done)
{
    struct rotation_facts facts = healthy();

    CHECK(next(&facts) == ROTATION_NOTHING);
    CHECK(next_after_grace(&facts) == ROTATION_NOTHING);
}

TEST(an_empty_cluster_gets_a_ca_then_bundles_then_a_leaf)
{
    struct rotation_facts facts = {.now = NOW, .bundle = BUNDLE_WRONG};

    CHECK(next(&facts) == ROTATION_MAKE_CA);
    facts.ca = certificate(1, 0, 365);
    CHECK(next(&facts) == ROTATION_PUBLISH);
    facts.bundle = BUNDLE_RIGHT;
    CHECK(next(&facts) == ROTATION_ISSUE_LEAF);
}

TEST(a_leaf_that_does_not_serve_is_replaced_at_once)
{
    struct rotation_facts facts = healthy();

    facts.leaf = certificate(2, 61, 29);
    CHECK(next(&facts) == ROTATION_ISSUE_LEAF);
    facts.leaf = none; /* deleted, damaged, without its key, or with other names */
    CHECK(next(&facts) == ROTATION_ISSUE_LEAF);
    facts = healthy();
    facts.leaf_signer = LEAF_SIGNER_OTHER;
    CHECK(next(&facts) == ROTATION_ISSUE_LEAF);
}

TEST(a_bundle_that_cannot_be_written_does_not_hold_up_the_leaf)
{
    struct rotation_facts facts = healthy();

    facts.leaf = certificate(2, 61, 29);
    facts.bundle = BUNDLE_WRONG;
    CHECK(next(&facts) == ROTATION_PUBLISH);
    facts.bundle = BUNDLE_FAILED;
    CHECK(next(&facts) == ROTATION_ISSUE_LEAF);
    facts = healthy();
    facts.bundle = BUNDLE_FAILED;
    CHECK(next(&facts) == ROTATION_NOTHING);
}

TEST(a_ca_is_replaced_in_the_order_that_nobody_notices)
{
    struct rotation_facts facts = healthy();

    facts.ca = certificate(1, 250, 115);
    CHECK(next(&facts) == ROTATION_MAKE_NEXT_CA);

    facts.next = certificate(3, 0, 365);
    facts.bundle = BUNDLE_WRONG;
    CHECK(next_after_grace(&facts) == ROTATION_PUBLISH);
    facts.bundle = BUNDLE_FAILED;
    CHECK(next_after_grace(&facts) == ROTATION_NOTHING);
    facts.bundle = BUNDLE_RIGHT;
    facts.bundle_id = 2;
    CHECK(next(&facts) == ROTATION_NOTHING);
    CHECK(next_after_grace(&facts) == ROTATION_PROMOTE_CA);

    facts.previous = without_key(facts.ca);
    facts.ca = facts.next;
    facts.next = none;
    facts.leaf_signer = LEAF_SIGNER_PREVIOUS;
    CHECK(next(&facts) == ROTATION_ISSUE_LEAF);
    facts.leaf = certificate(4, 0, 90);
    facts.leaf_signer = LEAF_SIGNER_CA;
    CHECK(next(&facts) == ROTATION_NOTHING);
    CHECK(next_after_grace(&facts) == ROTATION_REMOVE_PREVIOUS);
    facts.previous = none;
    CHECK(next_after_grace(&facts) == ROTATION_NOTHING);
}

TEST(a_grace_begins_anew_where_a_bundle_was_edited)
{
    struct rotation_facts facts = healthy();
    struct rotation_memory memory = {.published = false};

    facts.next = certificate(3, 0, 365);
    CHECK(certificate_rotation_next(&memory, &facts, 0, GRACE_MS) == ROTATION_NOTHING);
    facts.bundle = BUNDLE_WRONG;
    CHECK(certificate_rotation_next(&memory, &facts, GRACE_MS, GRACE_MS) == ROTATION_PUBLISH);
    facts.bundle = BUNDLE_RIGHT;
    CHECK(certificate_rotation_next(&memory, &facts, GRACE_MS + 1, GRACE_MS) == ROTATION_NOTHING);
    CHECK(certificate_rotation_next(&memory, &facts, 2 * GRACE_MS, GRACE_MS) == ROTATION_NOTHING);
    CHECK(certificate_rotation_next(&memory, &facts, 2 * GRACE_MS + 1, GRACE_MS) == ROTATION_PROMOTE_CA);
}

TEST(a_lost_ca_is_replaced_without_breaking_the_leaf_it_signed)
{
    struct rotation_facts facts = healthy();

    facts.ca = none;
    CHECK(next(&facts) == ROTATION_RECOVER_CA);
    facts.ca = without_key(facts.leaf_ca);
    facts.next = certificate(3, 0, 365);
    CHECK(next(&facts) == ROTATION_NOTHING);
    facts.leaf = certificate(2, 61, 29); /* due, but still good */
    CHECK(next(&facts) == ROTATION_NOTHING);
    CHECK(next_after_grace(&facts) == ROTATION_PROMOTE_CA);
    facts.leaf = none; /* nothing is left to lose */
    CHECK(next(&facts) == ROTATION_PROMOTE_CA);
}

TEST(a_ca_without_its_key_gets_a_successor)
{
    struct rotation_facts facts = healthy();

    facts.ca.has_key = false;
    CHECK(next(&facts) == ROTATION_MAKE_NEXT_CA);
    facts.leaf = none;
    CHECK(next(&facts) == ROTATION_MAKE_NEXT_CA);
}

TEST(an_expired_ca_gives_way_to_whatever_is_there)
{
    struct rotation_facts facts = healthy();

    facts.ca = certificate(1, 400, -35);
    facts.leaf_ca = facts.ca;
    CHECK(next(&facts) == ROTATION_MAKE_CA);
    facts.next = certificate(3, 10, 355);
    CHECK(next(&facts) == ROTATION_PROMOTE_CA);
    facts.next.has_key = false;
    CHECK(next(&facts) == ROTATION_MAKE_CA);
}

TEST(a_next_ca_that_cannot_sign_is_made_anew)
{
    struct rotation_facts facts = healthy();

    facts.next = without_key(certificate(3, 0, 365));
    CHECK(next_after_grace(&facts) == ROTATION_MAKE_NEXT_CA);
}

/* Whatever the state, doing what is said leads to rest; and the leaf is always trusted on the way. */
TEST(from_every_state_the_steps_come_to_rest)
{
    const struct certificate_fact cas[] = {none, certificate(1, 100, 265),
                                           without_key(certificate(1, 100, 265)), certificate(1, 250, 115),
                                           certificate(1, 400, -35)};
    const struct certificate_fact nexts[] = {none, certificate(3, 0, 365),
                                             without_key(certificate(3, 0, 365))};
    const struct certificate_fact leaves[] = {none, certificate(2, 1, 89), certificate(2, 61, 29)};

    for (size_t i = 0; i < ARRAY_LEN(cas) * ARRAY_LEN(nexts) * ARRAY_LEN(leaves) * 3; i++) {
        struct rotation_facts facts = {.now = NOW,
                                       .ca = cas[i / 27],
                                       .next = nexts[i / 9 % 3],
                                       .leaf = leaves[i / 3 % 3],
                                       .leaf_signer = (enum leaf_signer)(i % 3)};
        struct rotation_memory memory = {.published = false};
        uint64_t made = 10;
        int steps = 0;
        int quiet = 0;
        for (int64_t ms = 0; quiet < 3 && steps < 40; ms += GRACE_MS, steps++) {
            enum rotation_step step = certificate_rotation_next(&memory, &facts, ms, GRACE_MS);
            quiet = step == ROTATION_NOTHING ? quiet + 1 : 0;
            switch (step) {
            case ROTATION_NOTHING:
                break;
            case ROTATION_MAKE_CA:
                facts.ca = certificate(++made, 0, 365);
                facts.next = facts.previous = none;
                facts.leaf_signer = LEAF_SIGNER_OTHER;
                facts.bundle = BUNDLE_WRONG;
                break;
            case ROTATION_RECOVER_CA:
                facts.ca = without_key(facts.leaf_ca);
                facts.next = certificate(++made, 0, 365);
                facts.bundle = BUNDLE_WRONG;
                break;
            case ROTATION_PUBLISH:
                facts.bundle = BUNDLE_RIGHT;
                facts.bundle_id++;
                break;
            case ROTATION_ISSUE_LEAF:
                facts.leaf = certificate(++made, 0, 90);
                facts.leaf_signer = LEAF_SIGNER_CA;
                facts.leaf_ca = facts.ca;
                break;
            case ROTATION_MAKE_NEXT_CA:
                facts.next = certificate(++made, 0, 365);
                facts.bundle = BUNDLE_WRONG;
                break;
            case ROTATION_PROMOTE_CA:
                facts.previous = without_key(facts.ca);
                facts.ca = facts.next;
                facts.next = none;
                if (facts.leaf_signer == LEAF_SIGNER_CA)
                    facts.leaf_signer = LEAF_SIGNER_PREVIOUS;
                break;
            case ROTATION_REMOVE_PREVIOUS:
                facts.previous = none;
                facts.bundle = BUNDLE_WRONG;
                break;
            }
        }
        CHECK_ROW(quiet == 3 && facts.ca.has_key && !facts.next.usable && !facts.previous.usable &&
                      facts.leaf_signer == LEAF_SIGNER_CA && !certificate_rotation_is_due(&facts.leaf, NOW),
                  "state %zu after %d steps", i, steps);
    }
}

TEST(lifetimes_that_cannot_work_are_refused)
{
    CHECK(certificate_rotation_fault(365 * 86400000LL, 90 * 86400000LL, 600000) == NULL);
    CHECK(certificate_rotation_fault(30000, 10000, 3000) == NULL);
    CHECK(certificate_rotation_fault(29999, 10000, 3000) != NULL);
    CHECK(certificate_rotation_fault(30000, 10000, 4000) != NULL);
}

TEST_MAIN()
