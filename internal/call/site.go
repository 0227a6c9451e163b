package call

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/signin"
)

// Site is the node as every route knows it.
type Site struct {
	Signin  *signin.Service // finds out who is signed in
	Answers Answers         // remembers answers to requests with an idempotency key
	Texts   *lang.Catalogue
	Log     *slog.Logger
	IDs     id.Maker

	Patience time.Duration // how long a body may take to come; 0: 20 s
}

// Handler returns the routes of a map as a handler for everything below [Prefix]. Each area puts its own on the router.
func Handler(s *Site, routes []Route, areas ...func(*Router)) http.Handler {
	mux := http.NewServeMux()
	s.build(mux, routes, areas)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.refuse(w, r, fault.New(fault.NotFound, "fault.not-found"))
	})
	return s.door(mux)
}

// Description returns the OpenAPI 3.1 description of the routes of a map as YAML.
func Description(s *Site, routes []Route, areas ...func(*Router)) ([]byte, error) {
	return s.build(http.NewServeMux(), routes, areas).YAML()
}

// judged turns what a handler failed with into a problem, and logs what is our fault.
func (s *Site) judged(ctx context.Context, line Route, err error) *Problem {
	p := explain(err)
	if p.Status == http.StatusInternalServerError {
		s.Log.ErrorContext(ctx, "api.fault", "request", requestOf(ctx), "operation", line.ID, "key", p.Key, "cause", err.Error())
	}
	return p
}

// Broken logs that an answer broke off after its first byte, when nobody can be told any more.
func Broken(ctx context.Context, log *slog.Logger, operation string, err error) {
	log.ErrorContext(ctx, "api.fault", "request", requestOf(ctx), "operation", operation, "cause", err.Error())
}

// Digest names bytes: the SHA-256 of the parts with their lengths, in hexadecimal.
func Digest(parts ...[]byte) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:", len(p))
		h.Write(p)
	}
	return hex.EncodeToString(h.Sum(nil))
}
