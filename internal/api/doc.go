// Package api puts the JSON interface together, /api/v1, described by docs/openapi.yaml, and has the routes that everybody uses:
// coming in and going out, what there is to do, and one's own settings.
//
// The other routes are in packages by area, each with its map: apicase (a case), apireferral (what passes between desks),
// apioffice (accounts, desks, keys, the directory, publications, the log). Package call is what all of them are made of, and
// holds the rules of the interface.
//
// It decides nothing. A handler reads a request, calls one use-case of a noun and says what came of it. Who may is
// decided by the noun; [Routes] says which action each route asks for, and a test holds the table against package
// access.
package api
