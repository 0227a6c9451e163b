package call

import (
	"context"
	"errors"
	"net/http"

	"github.com/opentrm/opentrm/internal/fault"
)

// Problem is what a caller is told when something went wrong (RFC 9457). Kind says what she can do about it; Key and
// Args say it in every language of the catalogue.
type Problem struct {
	Type     string            `json:"type" doc:"urn:opentrm:problem: and the kind"`
	Title    string            `json:"title" doc:"The kind, in the language asked for"`
	Status   int               `json:"status" doc:"HTTP status"`
	Detail   string            `json:"detail" doc:"What happened and what to do, in the language asked for"`
	Instance string            `json:"instance" doc:"urn:opentrm:request: and the number of the request, which the log of the node has too"`
	Kind     string            `json:"kind" doc:"What a caller can do: invalid, denied, not-found, conflict, stale, unavailable, locked, too-large, internal"`
	Key      string            `json:"key" doc:"Message key"`
	Args     map[string]string `json:"args,omitempty" doc:"Arguments of the message: fields, limits, codes"`
	Fields   []string          `json:"fields,omitempty" doc:"Places in the request that are wrong: body.desk, header.If-Match"`

	cause error
}

// Error returns the kind and key, for logs.
func (p *Problem) Error() string { return p.Kind + " " + p.Key }

// Unwrap returns the private cause.
func (p *Problem) Unwrap() error { return p.cause }

// media is the media type of a problem.
const media = "application/problem+json"

// statusOf returns the HTTP status of each kind.
func statusOf(k fault.Kind) int {
	switch k {
	case fault.Invalid:
		return http.StatusUnprocessableEntity
	case fault.Denied:
		return http.StatusForbidden
	case fault.Hidden, fault.NotFound:
		return http.StatusNotFound
	case fault.Conflict:
		return http.StatusConflict
	case fault.Stale:
		return http.StatusPreconditionFailed
	case fault.Unavailable:
		return http.StatusServiceUnavailable
	case fault.Locked:
		return http.StatusUnauthorized
	case fault.TooLarge:
		return http.StatusRequestEntityTooLarge
	case fault.Internal:
	}
	return http.StatusInternalServerError
}

// explain makes the one problem that err is to a caller. The request's number and the language are filled in when it
// is written.
func explain(err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	kind, key, args := fault.Public(err)
	return &Problem{
		Type: "urn:opentrm:problem:" + kind.String(), Status: statusOf(kind), Kind: kind.String(), Key: key, Args: args,
		cause: err,
	}
}

// with returns err as a problem with another status, for what HTTP has a word of its own.
func with(status int, err error) *Problem {
	p := explain(err)
	p.Status = status
	return p
}

// say puts a problem into the caller's language.
func (s *Site) say(p *Problem, accept, request string) *Problem {
	out := *p
	printer := s.Texts.Printer(s.Texts.Match("", accept))
	args := make([]any, 0, 2*len(p.Args))
	for name, value := range p.Args {
		args = append(args, name, value)
	}
	out.Title = printer.Text("fault.kind." + p.Kind)
	out.Detail = printer.Text(p.Key, args...)
	out.Instance = "urn:opentrm:request:" + request
	return &out
}

type requestKey struct{}

// requestOf returns the number of the request that ctx belongs to, for logs and problems.
func requestOf(ctx context.Context) string {
	n, _ := ctx.Value(requestKey{}).(string)
	return n
}
