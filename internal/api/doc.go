// Package api speaks JSON to programs: /api/v1, described by docs/openapi.yaml.
//
// It decides nothing. A handler reads a request, calls one use-case of a noun and says what came of it. Who may is
// decided by the noun; [Routes] says which action each route asks for, and a test holds the table against package
// access.
//
// The rules of the interface:
//   - a caller signs in with [API.Handler]'s session routes and sends the token as "Authorization: Bearer …"; cookies
//     and form posts are refused, so no page of another site can speak here in a browser's name;
//   - what goes wrong is an RFC 9457 problem with a kind, a message key and its arguments, made in one place (problem.go);
//     the cause stays in the log under the request's number;
//   - what has versions carries an ETag, and a change of it names the version it was read at in If-Match: 412 if
//     somebody was faster, 428 if it is missing;
//   - every other request that changes something may carry an Idempotency-Key: the same key with the same request, of the
//     same person in the same place, gets the first answer again, for a day; with another request it is a conflict. A file
//     is bound by its Content-Digest. Where it is not known whether the first was done, that is said, never guessed. What was
//     answered rests sealed to who asked; content and secrets that are shown once are not kept at all (once.go);
//   - the few that take neither say in the description what a repetition does ("x-repeat") and what it leaves
//     ("x-repeat-leaves");
//   - lists come in pages; the cursor is opaque;
//   - bodies, rates and times are bounded;
//   - the language of a problem's title and detail is that of Accept-Language; everything else is codes.
package api
