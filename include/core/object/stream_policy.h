/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_OBJECT_STREAM_POLICY_H
#define WEIR_CORE_OBJECT_STREAM_POLICY_H

#include "core/object/label_selector.h"

/* UNSET is "not set here", so that a later policy's value can replace an earlier one's, member by member. */
enum enforcement {
    ENFORCEMENT_UNSET,
    ENFORCEMENT_ENFORCE,
    ENFORCEMENT_WARN,
    ENFORCEMENT_AUDIT,
    ENFORCEMENT_OFF
};
enum resolution { RESOLUTION_UNSET, RESOLUTION_REQUIRED, RESOLUTION_ATTEMPT, RESOLUTION_OFF };
enum stream_lookup { LOOKUP_UNSET, LOOKUP_OPT_IN, LOOKUP_ALL, LOOKUP_ONLY };
enum freshness {
    FRESHNESS_UNSET,
    FRESHNESS_NEVER,
    FRESHNESS_IF_NOT_PRESENT,
    FRESHNESS_ALWAYS,
    FRESHNESS_FROM_PULL_POLICY
};
enum pin_form { PIN_FORM_UNSET, PIN_FORM_DIGEST, PIN_FORM_TAG_AND_DIGEST };
enum custom_controllers {
    CUSTOM_CONTROLLERS_UNSET,
    CUSTOM_CONTROLLERS_STREAMS_ONLY,
    CUSTOM_CONTROLLERS_FULL
};
enum pull_policy { PULL_POLICY_UNKNOWN, PULL_POLICY_ALWAYS, PULL_POLICY_IF_NOT_PRESENT, PULL_POLICY_NEVER };
enum pull_action { PULL_ACTION_SET, PULL_ACTION_DENY, PULL_ACTION_WARN };

/* Bits of match.containers and of targets. */
enum {
    CONTAINERS_INIT = 1,
    CONTAINERS_MAIN = 2,
    CONTAINERS_EPHEMERAL = 4,
    CONTAINERS_VOLUME = 8,
    CONTAINERS_ALL = 15,
    TARGET_WORKLOADS = 1,
    TARGET_PODS = 2,
};

/* "Always", "IfNotPresent", "Never"; anything else is PULL_POLICY_UNKNOWN. */
enum pull_policy stream_policy_pull_policy(struct str text);
struct str stream_policy_pull_policy_text(enum pull_policy policy);

struct str_list {
    const struct str *items;
    size_t count;
    bool set; /* an empty list that was written differs from none */
};

/* spec.pullPolicy[] */
struct pull_rule {
    struct str name;
    struct str_list images; /* match.images; set and empty matches nothing */
    bool pinned_set;
    bool pinned;
    unsigned containers;           /* bits; CONTAINERS_ALL where absent */
    const enum pull_policy *allow; /* never empty */
    size_t allow_count;
    enum pull_action action;
    struct str policy; /* derived: name of the policy it stands in */
};

/* What a policy sets; the zero value sets nothing. */
struct policy_fields {
    enum enforcement enforcement;
    unsigned targets; /* bits */
    bool targets_set;
    enum resolution streams_resolution;
    enum stream_lookup streams_lookup;
    struct str_list shared_namespaces;
    enum resolution tags_resolution;
    struct str_list tags_skip;
    enum freshness freshness;
    int64_t max_stale; /* seconds */
    bool max_stale_set;
    enum pin_form reference;
    enum custom_controllers custom_controllers;
};

/* A StreamPolicy, or with an empty namespace a ClusterStreamPolicy. */
struct stream_policy {
    struct str namespace;
    struct str name;
    bool undecoded;                 /* it is there, and what it sets is not known: it does not decode */
    bool final;                     /* cluster only */
    struct label_selector selector; /* cluster only: spec.namespaceSelector */
    struct policy_fields fields;
    const struct pull_rule *rules;
    size_t rule_count;
};

#endif
