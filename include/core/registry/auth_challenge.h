/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_REGISTRY_AUTH_CHALLENGE_H
#define WEIR_CORE_REGISTRY_AUTH_CHALLENGE_H

#include "base/arena.h"

/*
 * What a registry wants with a 401: the values of its WWW-Authenticate header
 * lines (RFC 9110 §11.6.1; parameters by distribution's token authentication).
 *
 * Challenges may share a line, or stand in several. Schemes and parameter names
 * match in any case; a value is a token or a quoted string, whose commas and
 * blanks are its own. A parameter that is given twice counts the first time.
 */
enum auth_scheme {
    AUTH_SCHEME_OTHER, /* Negotiate, Digest, …: nothing that this program answers */
    AUTH_SCHEME_BASIC,
    AUTH_SCHEME_BEARER,
};

/* Views into the header lines, or the arena's where a quoted string had escapes. Empty: not given. */
struct auth_challenge {
    enum auth_scheme scheme;
    struct str realm; /* Bearer: the token server's URL, unchecked */
    struct str service;
    struct str scope;
    struct str error; /* "invalid_token", "insufficient_scope" */
};

enum {
    AUTH_CHALLENGES_MAX = 16,       /* those after are not looked at */
    AUTH_CHALLENGE_LINE_MAX = 8192, /* of one line; a longer one is not looked at */
};

/*
 * Appends the challenges of one header value to ret[] (room for
 * AUTH_CHALLENGES_MAX, of which `count` are taken); returns how many there are
 * now. What comes after a syntax error in a line is not looked at; the
 * challenge it stands in is dropped.
 */
size_t auth_challenge_parse(struct arena *arena, struct str line, struct auth_challenge *ret, size_t count);

/* The one to answer: the first Bearer that has a realm, else the first Basic. NULL: none of either. */
const struct auth_challenge *auth_challenge_choose(const struct auth_challenge *challenges, size_t count);

#endif
