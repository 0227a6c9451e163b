package call

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

// Paged cuts a page out of a list. The items of all pages are in the order of their keys, whatever the order of the list:
// a cursor is the key at which a page ended, and the next one holds what is greater. No two items may have the same key.
func Paged[T any](all []T, p Page, key func(T) string) (*List[T], error) {
	after, err := p.Cursor()
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
		if len(out.Body.Items) == p.AtMost() {
			out.Body.Next = Cursor(key(out.Body.Items[len(out.Body.Items)-1]))
			break
		}
		out.Body.Items = append(out.Body.Items, item)
	}
	return out, nil
}

func (p Page) AtMost() int {
	if p.Limit < 1 {
		return 100
	}
	return p.Limit
}

func Cursor(last string) string { return base64.RawURLEncoding.EncodeToString([]byte(last)) }

// Cursor reads the cursor of a request.
//
// It fails with [fault.Invalid] if it was not made here.
func (p Page) Cursor() (string, error) {
	b, err := base64.RawURLEncoding.DecodeString(p.After)
	if err != nil {
		return "", BadCursor()
	}
	return string(b), nil
}

// Match is the part of a change that names the version it was read at.
type Match struct {
	IfMatch string `header:"If-Match" json:"if_match,omitempty" doc:"The ETag under which the record was read" example:"\"3\""`
}

// Version reads the version named in If-Match.
//
// It fails with status 428 if it is missing, and with [fault.Invalid] if it is no version.
func (m Match) Version() (int64, error) {
	s, err := m.Mark()
	if err != nil {
		return 0, err
	}
	v, err := strconv.ParseInt(s, 10, 64)
	if err != nil || v < 0 {
		return 0, fault.New(fault.Invalid, "api.match.form")
	}
	return v, nil
}

// Mark reads what stands in If-Match, of a record that has a digest and no version.
//
// It fails with status 428 if it is missing, and with [fault.Invalid] if it is no ETag.
func (m Match) Mark() (string, error) {
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

// Tag writes a version as an ETag.
func Tag(version int64) string { return Quoted(strconv.FormatInt(version, 10)) }

func Quoted(mark string) string { return `"` + mark + `"` }

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

func MadeOf(name string, version int64) *Made {
	m := &Made{}
	m.Body.ID, m.Body.Version = name, version
	if version > 0 {
		m.ETag = Tag(version)
	}
	return m
}

// Ordered writes a number so that texts sort as the numbers do.
func Ordered(n int64) string {
	s := strconv.FormatUint(uint64(n), 16)
	return strings.Repeat("0", 16-len(s)) + s
}

func BadCursor() error { return fault.New(fault.Invalid, "api.cursor") }

// Listing asks for a page of everything.
type Listing struct {
	Session
	Page
}

// Left says how much of a long work is still to do.
type Left struct {
	Body struct {
		Left int `json:"left" doc:"Ask again until nothing is left"`
	}
}
