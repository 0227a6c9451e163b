package docket

import (
	"slices"

	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

const (
	entryTag = "opentrm/docket-entry/1"
	maxWire  = 1 << 16 // of an entry in its canonical form, in bytes
	maxAfter = 64      // latest entries that one names
	maxLevel = 1 << 20
)

// Entry is what one desk wrote on a board, once: spec/docket.md 2.
type Entry struct {
	Schema string            `json:"schema"`
	Board  id.Thread         `json:"board"`
	Author string            `json:"author"` // address of the desk
	At     frame.Time        `json:"at"`     // as the author's clock says; orders nothing
	After  []string          `json:"after"`  // the digests of the latest entries that the author had, sorted
	Level  int64             `json:"level"`  // one more than the highest of theirs; 1 of the first entry of a board
	Item   id.Thread         `json:"item"`   // what it is about
	Sort   string            `json:"sort"`
	Void   bool              `json:"void"`   // the item was entered in error; there are no values then
	Values map[string]string `json:"values"` // by the shape of the sort
}

// Check reports whether an entry is of the form.
//
// It fails with [fault.Invalid] "docket.field", naming the field.
func (e Entry) Check() error {
	shape, ok := ShapeOf(e.Sort)
	author, err := id.ParseAddress(e.Author)
	_, badBoard := id.ParseRandom[id.Thread](string(e.Board))
	_, badItem := id.ParseRandom[id.Thread](string(e.Item))
	switch {
	case e.Schema != entryTag:
		return wrong("schema")
	case badBoard != nil:
		return wrong("board")
	case badItem != nil:
		return wrong("item")
	case err != nil || author.String() != e.Author:
		return wrong("author")
	case e.At < frame.Earliest:
		return wrong("at")
	case !ok:
		return wrong("sort")
	case e.After == nil || len(e.After) > maxAfter || !slices.IsSorted(e.After) || slices.ContainsFunc(e.After, func(d string) bool { return !hexes(d) }) ||
		len(slices.Compact(slices.Clone(e.After))) != len(e.After):
		return wrong("after")
	case e.Level < 1 || e.Level > maxLevel || (e.Level == 1) != (len(e.After) == 0) || (e.Level == 1) != e.First():
		return wrong("level")
	case (e.Sort == "board") != (e.Item == e.Board):
		return wrong("item")
	case e.Values == nil || e.Void && (len(e.Values) > 0 || e.Sort == "board" || e.Sort == "desk"):
		return wrong("values")
	case e.Void:
		return nil
	}
	return shape.check(e.Values)
}

// First reports whether the entry opens its board.
func (e Entry) First() bool { return e.Sort == "board" && e.Level == 1 }

// Canonical returns the one form of the entry, of which its digest is.
//
// It fails as [frame.Encode].
func (e Entry) Canonical() ([]byte, error) { return frame.Encode(e) }

// Digest names the entry: SHA-256 of its canonical form, in lower-case hexadecimal.
//
// It fails as [frame.Encode].
func (e Entry) Digest() (string, error) {
	b, err := e.Canonical()
	if err != nil {
		return "", err
	}
	return envelope.Digest(b), nil
}

// ParseEntry reads an entry strictly.
//
// It fails with [fault.Invalid], and [fault.TooLarge].
func ParseEntry(b []byte) (Entry, error) {
	var e Entry
	if err := frame.Decode(b, maxWire, &e); err != nil {
		return Entry{}, err
	}
	return e, e.Check()
}

// body is the body of a control of the kind: spec/docket.md 1.
type body struct {
	Board id.Thread `json:"board"`
	Entry string    `json:"entry"` // its digest
	Level int64     `json:"level"`
	Item  id.Thread `json:"item"`
	Sort  string    `json:"sort"`
	Day   string    `json:"day"`  // by which people are reminded, or empty
	Desk  string    `json:"desk"` // of a "desk": which
	Gone  bool      `json:"gone"` // and whether it left
}

func bodyOf(e Entry, digest string) body {
	s, _ := ShapeOf(e.Sort)
	b := body{Board: e.Board, Entry: digest, Level: e.Level, Item: e.Item, Sort: e.Sort, Day: s.due(e.Values)}
	if e.Sort == "desk" {
		b.Desk, b.Gone = e.Values["desk"], e.Values["state"] == "left"
	}
	return b
}

// parseBody reads the body of a control strictly.
//
// It fails with [fault.Invalid].
func parseBody(c envelope.Control) (body, error) {
	var b body
	if err := c.DecodeBody(&b); err != nil {
		return body{}, err
	}
	_, badBoard := id.ParseRandom[id.Thread](string(b.Board))
	_, badItem := id.ParseRandom[id.Thread](string(b.Item))
	shape, ok := ShapeOf(b.Sort)
	a, badDesk := id.ParseAddress(b.Desk)
	switch {
	case badBoard != nil:
		return body{}, envelope.WrongBody("board")
	case badItem != nil || (b.Sort == "board") != (b.Item == b.Board):
		return body{}, envelope.WrongBody("item")
	case !hexes(b.Entry):
		return body{}, envelope.WrongBody("entry")
	case b.Level < 1 || b.Level > maxLevel || b.Level == 1 && b.Sort != "board":
		return body{}, envelope.WrongBody("level")
	case !ok:
		return body{}, envelope.WrongBody("sort")
	case b.Day != "" && (shape.Day == "" || !(Part{Is: "day"}).fits(b.Day)):
		return body{}, envelope.WrongBody("day")
	case (b.Sort == "desk") != (b.Desk != ""), b.Desk != "" && (badDesk != nil || a.String() != b.Desk), b.Gone && b.Desk == "":
		return body{}, envelope.WrongBody("desk")
	}
	return b, nil
}
