package api

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/opentrm/opentrm/internal/fault"
)

// Page is the part of a request for a list that says which part of it is wanted.
type Page struct {
	After string `query:"after" maxLength:"400" doc:"Cursor of the page before"`
	Limit int    `query:"limit" minimum:"1" maximum:"500" default:"100" doc:"How many at most"`
}

// List is one page of a list.
type List[T any] struct {
	Body struct {
		Items []T    `json:"items" nullable:"false"`
		Next  string `json:"next,omitempty" doc:"Cursor of the next page; left out on the last"`
	}
}

// paged cuts a page out of a list. The items of all pages are in the order of their keys, whatever the order of the list:
// a cursor is the key at which a page ended, and the next one holds what is greater. No two items may have the same key.
func paged[T any](all []T, p Page, key func(T) string) (*List[T], error) {
	after, err := p.cursor()
	if err != nil {
		return nil, err
	}
	out := &List[T]{}
	out.Body.Items = []T{}
	byKey := func(x, y T) int { return strings.Compare(key(x), key(y)) }
	for _, item := range slices.SortedFunc(slices.Values(all), byKey) {
		if after != "" && key(item) <= after {
			continue
		}
		if len(out.Body.Items) == p.limit() {
			out.Body.Next = cursor(key(out.Body.Items[len(out.Body.Items)-1]))
			break
		}
		out.Body.Items = append(out.Body.Items, item)
	}
	return out, nil
}

func (p Page) limit() int {
	if p.Limit < 1 {
		return 100
	}
	return p.Limit
}

func cursor(last string) string { return base64.RawURLEncoding.EncodeToString([]byte(last)) }

// cursor reads the cursor of a request.
//
// It fails with [fault.Invalid] if it was not made here.
func (p Page) cursor() (string, error) {
	b, err := base64.RawURLEncoding.DecodeString(p.After)
	if err != nil {
		return "", errCursor()
	}
	return string(b), nil
}

// Match is the part of a change that names the version it was read at.
type Match struct {
	IfMatch string `header:"If-Match" json:"if_match,omitempty" doc:"The ETag under which the record was read" example:"\"3\""`
}

// version reads the version named in If-Match.
//
// It fails with status 428 if it is missing, and with [fault.Invalid] if it is no version.
func (m Match) version() (int64, error) {
	s, err := m.mark()
	if err != nil {
		return 0, err
	}
	v, err := strconv.ParseInt(s, 10, 64)
	if err != nil || v < 0 {
		return 0, fault.New(fault.Invalid, "api.match.form")
	}
	return v, nil
}

// mark reads what stands in If-Match, of a record that has a digest and no version.
//
// It fails with status 428 if it is missing, and with [fault.Invalid] if it is no ETag.
func (m Match) mark() (string, error) {
	if m.IfMatch == "" {
		return "", with(http.StatusPreconditionRequired, fault.New(fault.Invalid, "api.match.missing"))
	}
	s, ok := strings.CutPrefix(m.IfMatch, `"`)
	s, ok2 := strings.CutSuffix(s, `"`)
	if !ok || !ok2 {
		return "", fault.New(fault.Invalid, "api.match.form")
	}
	return s, nil
}

// tag writes a version as an ETag.
func tag(version int64) string { return quoted(strconv.FormatInt(version, 10)) }

func quoted(mark string) string { return `"` + mark + `"` }

// Nothing answers what has no answer but that it was done.
type Nothing struct{}

// Made answers what brought something about: which, and its version where it has one.
type Made struct {
	ETag string `header:"ETag" json:"etag,omitempty"`
	Body struct {
		ID      string `json:"id"`
		Version int64  `json:"version,omitempty"`
	}
}

func made(name string, version int64) *Made {
	m := &Made{}
	m.Body.ID, m.Body.Version = name, version
	if version > 0 {
		m.ETag = tag(version)
	}
	return m
}

// ordered writes a number so that texts sort as the numbers do.
func ordered(n int64) string {
	s := strconv.FormatUint(uint64(n), 16)
	return strings.Repeat("0", 16-len(s)) + s
}

func errCursor() error { return fault.New(fault.Invalid, "api.cursor") }
