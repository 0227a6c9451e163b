// Package call is what the routes of the JSON interface are made of: the door that every call passes, who asks, the map and the
// router, and the parts of requests and answers that many routes share.
//
// The rules of the interface, which it keeps for every route:
//   - a caller signs in with the session routes and sends the token as "Authorization: Bearer …"; cookies and form posts are
//     refused, so no page of another site can speak here in a browser's name (door.go);
//   - what goes wrong is an RFC 9457 problem with a kind, a message key and its arguments, made in one place (problem.go);
//     the cause stays in the log under the request's number;
//   - what has versions carries an ETag, and a change of it names the version it was read at in If-Match ([Match]): 412 if
//     somebody was faster, 428 if it is missing;
//   - every other request that changes something may carry an Idempotency-Key ([Once]): the same key with the same request, of
//     the same person in the same place, gets the first answer again, for a day; with another request it is a conflict. A file
//     is bound by its Content-Digest ([Upload]). Where it is not known whether the first was done, that is said, never guessed.
//     What was answered rests sealed to who asked; content and secrets that are shown once are not kept at all (once.go);
//   - the few that take neither say in the description what a repetition does ("x-repeat") and what it leaves
//     ("x-repeat-leaves");
//   - lists come in pages; the cursor is opaque, and of that list only ([Page]);
//   - bodies, rates and times are bounded;
//   - the language of a problem's title and detail is that of Accept-Language; everything else is codes.
//
// A route is described by the types of its request and answer. The library makes schemas of them and checks values against these;
// requests are read and answers are written here, by one piece of code for all routes (request.go, answer.go, ADR 28).
//
// It knows no noun but whose session it is. The routes are in the packages that stand on it: apicase, apireferral and apioffice,
// which package api puts together. A new route is a line in Routes of its area and a line in its Register.
package call
