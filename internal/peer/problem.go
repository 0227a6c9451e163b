package peer

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"github.com/opentrm/opentrm/internal/fault"
)

// problem is a failure on the wire (RFC 9457).
type problem struct {
	Type    string            `json:"type"` // "about:blank": the key says it
	Status  int               `json:"status"`
	Kind    string            `json:"kind"`
	Key     string            `json:"key"`
	Args    map[string]string `json:"args,omitempty"`
	Request string            `json:"request"`
}

const (
	problemType = "application/problem+json"
	maxProblem  = 4 << 10
)

// status is the one place where a kind of failure becomes a status of HTTP.
func status(k fault.Kind) int {
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
	case fault.Unavailable, fault.Locked:
		return http.StatusServiceUnavailable
	case fault.TooLarge:
		return http.StatusRequestEntityTooLarge
	}
	return http.StatusInternalServerError
}

func problemOf(request string, err error) problem {
	kind, key, args := fault.Public(err)
	return problem{Type: "about:blank", Status: status(kind), Kind: kind.String(), Key: key, Args: args, Request: request}
}

// explain writes what may be known of a failure, and nothing else.
func explain(w http.ResponseWriter, request string, err error) problem {
	p := problemOf(request, err)
	w.Header().Set("Content-Type", problemType)
	if p.Kind == fault.Unavailable.String() {
		w.Header().Set("Retry-After", "5")
	}
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // whoever went away does not want to know
	return p
}

// failure reports whether an item of a parcel of answers is a failure, and which status it states.
func failure(raw []byte) (int, bool) {
	var p problem
	if json.Unmarshal(raw, &p) != nil || p.Kind == "" {
		return 0, false
	}
	return p.Status, true
}

// understand turns the answer of another node that is no success back into a failure. What the other node
// cannot help now, and whatever is no problem of this network, is [fault.Unavailable].
func understand(code int, contentType string, body io.Reader) error {
	later := fault.New(fault.Unavailable, "peer.unavailable")
	if contentType != problemType {
		return later
	}
	raw, err := io.ReadAll(io.LimitReader(body, maxProblem))
	if err != nil {
		return later
	}
	return understood(code, raw)
}

func understood(code int, raw []byte) error {
	later := fault.New(fault.Unavailable, "peer.unavailable")
	var p problem
	if json.Unmarshal(raw, &p) != nil || p.Status != code || !messageKey(p.Key) || len(p.Args) > 8 {
		return later
	}
	for _, k := range fault.Kinds() {
		if k.String() != p.Kind || status(k) != code {
			continue
		}
		if k == fault.Internal || k == fault.Unavailable || k == fault.Locked {
			return later
		}
		f := fault.New(k, p.Key)
		for name, value := range p.Args {
			if !messageKey(name) || len(value) > 128 {
				return later
			}
			f = f.With(name, value)
		}
		return f
	}
	return later
}

// messageKey reports whether s could be a message key or the name of an argument.
func messageKey(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	return strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789.-_") == ""
}
