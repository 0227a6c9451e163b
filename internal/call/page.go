package call

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/sorting"
)

// Page is the part of a request for a list that says which part of it is wanted.
//
// A cursor names the list that it was made for: the route, what else was asked, whose list it is and in which place she acts,
// and the node. Elsewhere it would begin in the middle without a word, so it is refused there.
type Page struct {
	After string `query:"after" json:"-" maxLength:"400" doc:"Cursor of the page before, of the same list with the same filter"`
	Limit int    `query:"limit" json:"-" minimum:"1" maximum:"500" default:"100" doc:"How many at most; may differ from page to page"`

	list string // what a cursor of this list begins with
}

// listMark is how many characters of a digest name a list in its cursors. They protect from a mistake, not from a forger: what
// is asked is looked up for who asks, whatever the cursor says.
const listMark = 22

func (p *Page) of(list string) { p.list = list }

// listed tells a request for a list which list it is: its cursors are bound to that.
func listed(by keyring.Bearer, line Route, in any) error {
	p, ok := in.(interface{ of(list string) })
	if !ok {
		return nil
	}
	filter, err := json.Marshal(in)
	if err != nil {
		return fault.Wrap(fault.Internal, "fault.internal", err)
	}
	p.of(remembered(by, line, "", []byte(by.Member), []byte(by.User), filter)[:listMark])
	return nil
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
	keys := make([]string, len(all))
	for i, item := range all {
		keys[i] = key(item)
	}
	out := &List[T]{}
	out.Body.Items = []T{}
	page, more := p.cut(keys, after)
	for _, i := range page {
		out.Body.Items = append(out.Body.Items, all[i])
	}
	if more {
		out.Body.Next = p.Next(keys[page[len(page)-1]])
	}
	return out, nil
}

// cut returns which of the items with these keys are on the page, in the order of their keys, and whether there are more.
func (p Page) cut(keys []string, after string) (page []int, more bool) {
	for i, key := range keys {
		if after == "" || key > after {
			page = append(page, i)
		}
	}
	sorting.By(page, func(x, y int) int { return strings.Compare(keys[x], keys[y]) })
	if len(page) > p.AtMost() {
		return page[:p.AtMost()], true
	}
	return page, false
}

func (p Page) AtMost() int {
	if p.Limit < 1 {
		return 100
	}
	return p.Limit
}

// Next makes the cursor of the page that follows the item last.
func (p Page) Next(last string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(p.list + last))
}

// Cursor reads the cursor of a request: the last item of the page before, empty for the first page.
//
// It fails with [fault.Invalid] if it was not made by a node, or for another list.
func (p Page) Cursor() (string, error) {
	if p.After == "" {
		return "", nil
	}
	b, err := base64.RawURLEncoding.DecodeString(p.After)
	if err != nil || len(b) <= listMark {
		return "", BadCursor()
	}
	last, ok := strings.CutPrefix(string(b), p.list)
	if !ok {
		return "", fault.New(fault.Invalid, "api.cursor.other")
	}
	return last, nil
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
