/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_ADMISSION_STATE_H
#define WEIR_CORE_ADMISSION_STATE_H

#include "core/admission/decision.h"
#include "core/stream/tag_resolution.h"
#include "core/workload/image_intent.h"

/*
 * One evaluation while it runs: what the files of core/admission/evaluate share. The
 * letters in brackets are those of docs/SEMANTICS.md.
 */

enum verdict {
    VERDICT_LEAVE,    /* stands as it came; no rule runs */
    VERDICT_PUT_BACK, /* the old text and policy stand */
    VERDICT_RULES,    /* the old text stands, the author changed the pull policy */
    VERDICT_ITSELF,   /* a refresh that came with its result (an undo, or a second round): the text stands */
    VERDICT_REFRESH,  /* the same words, judged anew on request; keeps the old pin where that fails */
    VERDICT_JUDGE,    /* new words */
};

/* One position under judgement. */
struct judged {
    const struct position *position;
    const struct position *old;           /* its pair in the old object, or NULL */
    struct str key;                       /* of its entry; empty: it has none */
    const struct intent_entry *came;      /* the entry that came */
    const struct intent_entry *old_entry; /* [e₀], only where it counts */
    bool came_counts;                     /* for the text that came */
    bool lost_stream;                     /* the old entry does not count: no stream near has that name */
    struct str image;                     /* [I] */
    bool is_variable;                     /* [I] is no reference, but what becomes one */
    struct str policy;                    /* [P], empty where absent */
    struct str old_image;                 /* [I₀] */
    struct str old_policy;                /* [P₀] */
    bool same_image;
    bool same_policy;
    bool refreshed;          /* the author asks for a newer digest */
    struct str words;        /* [A_I] */
    struct str words_policy; /* [A_P] */
    struct str subject;      /* [W] */
    bool text_judged;        /* [W] is the text: the words of its entry lead to nothing */
    enum freshness freshness;
    enum verdict verdict;
    struct judged *leader;            /* the first with the same subject; itself */
    bool takes_put_back;              /* its text is that of a position that stands: takes that pin */
    struct looked_up found;           /* of leaders */
    struct tag_resolution resolution; /* of leaders whose subject is a stream's tag */
    struct tag_resolution plain;      /* of leaders: the plain tag, or the name a reference tag gives */
    bool plain_asked;                 /* `plain` is filled in */
    struct str stored;                /* [S] */
    struct str stored_policy;
    const struct tag_resolution *used; /* what `stored` came from */
    const struct pull_rule *rule;
    struct str note; /* the violation or warning, for people */
    bool quiet;      /* what goes wrong with its image is only noted */
    bool denied;     /* a violation of its own denies, or would if it were not quiet */
};

struct text_list {
    struct str *items;
    size_t count;
    size_t size;
};

struct evaluation {
    struct arena *arena;
    const struct admission_options *options;
    const struct admission_request *request;
    const struct effective_policy *policy;
    struct resolution_scope scope;
    struct question_list questions;
    struct revision_owner owner; /* where scope.revision is not UNKNOWN */
    bool needs_revision;
    struct intent came; /* the annotation of the object */
    struct intent old;  /* of the old object */
    struct judged *positions;
    size_t count;
    uint64_t keys_seen; /* while they are paired: a bit for each key, and each subject that has a leader */
    uint64_t subjects_seen;
    bool update;     /* with an old object */
    bool ephemeral;  /* the subresource */
    bool pod_update; /* a Pod's own UPDATE: policies and volumes cannot change */
    bool job_update; /* the template cannot change */
    bool operator_made;
    bool refresh;      /* weir.dev/refresh has a new value */
    bool restarted;    /* restartedAt has a later value */
    bool words_judged; /* some [W] is an entry's image, not the text that came */
    struct text_list warnings;
    struct text_list violations; /* all of them, for the audit log */
    struct text_list hints;      /* ends of a denial: what may be behind it */
    struct text_list denials;    /* those that deny */
    size_t denials_not_now;
    struct text_list rules; /* names of rules that acted */
};

/* pairing.c: fills in `positions` up to the verdict, words, subject and freshness. */
void pairing_judge(struct evaluation *e);
/* The metadata that carries the annotation: the pod template's, or the object's own. */
const struct object_meta *pairing_meta(const struct evaluation *e, const struct workload_object *object);
/* Whether a position's stored text has a digest, without parsing what we wrote ourselves. */
bool pairing_is_pinned(const struct judged *j);

/* Whether the annotation that came is the old object's, byte for byte. */
bool pairing_annotation_is_old(const struct evaluation *e);
/* Judges the text that came where the words of its entry lead to nothing. */
void pairing_judge_text(const struct evaluation *e, struct judged *j);
/* Whether the words can still be what the stored text was made of; else they would not count when seen again.
 */
bool pairing_words_hold(const struct evaluation *e, const struct judged *j);

/* outcome.c: looks up every subject. */
void outcome_look_up(struct evaluation *e);
/* Resolves what was found; questions may be left: then once more, with their answers. */
void outcome_resolve(struct evaluation *e);
/* What becomes of each position (semantics §7, §8): stored text and policy, warnings, violations. */
void outcome_settle(struct evaluation *e);

/* note.c: "containers[app]", then what is said of a position. */
struct str note_position(struct arena *arena, const struct position *position);
void note_warning(struct evaluation *e, struct judged *j, struct str why);
/* What only the audit log is told. */
void note_audit(struct evaluation *e, struct judged *j, struct str why);
/* A violation, by the policy's enforcement: denies, warns or is only recorded. */
void note_violation(struct evaluation *e, struct judged *j, bool not_now, struct str why);
/* About no position: the object's pull secrets, where a registry gave no answer. */
void note_pull_secrets(struct evaluation *e);
void note_rule(struct evaluation *e, const struct pull_rule *rule);

/* patch.c: the operations, encoded, and how many positions get a digest. */
void patch_build(struct evaluation *e, struct admission_decision *decision);

#endif
