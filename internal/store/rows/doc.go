// Package rows is what sqlc makes of the one schema and the one query text: a typed method for each query, the
// same for both engines. Only package store calls it. Everything but this file is generated.
package rows
