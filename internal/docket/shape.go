package docket

import (
	_ "embed"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
)

//go:embed data/shapes.json
var shapes []byte

// Part is one value of an entry.
type Part struct {
	Name string   `json:"name"`
	Is   string   `json:"is"` // line, mark, day, time, country, digest, desk, item, tags; code and codes of a list
	Need bool     `json:"need,omitempty"`
	Of   []string `json:"of,omitempty"`
}

// Shape is what the entries of one sort say.
type Shape struct {
	Root  bool     `json:"root,omitempty"` // written by the desk that opened the board only
	Once  bool     `json:"once,omitempty"` // never changed: only taken back by who wrote it
	Day   string   `json:"day,omitempty"`  // the part by which people are reminded
	Live  []string `json:"live,omitempty"` // the states in which they are
	Parts []Part   `json:"parts"`
}

const maxLine = 120 // characters: room for a reference or an office, and for no story

var shaped = sync.OnceValue(func() map[string]Shape {
	var all map[string]Shape
	_ = json.Unmarshal(shapes, &all) // TestShapesAreThoseOfTheSpecification reads them
	return all
})

// ShapeOf returns what entries of a sort say; false of a sort that there is not.
func ShapeOf(sort string) (Shape, bool) {
	s, ok := shaped()[sort]
	return s, ok
}

// Sorts returns every sort of entry, in the order in which a board shows them.
func Sorts() []string {
	return []string{"board", "desk", "request", "hearing", "deadline", "travel", "claim", "spared", "evidence", "custody"}
}

func wrong(field string) error {
	return fault.New(fault.Invalid, "docket.field").With("field", field)
}

// fits reports whether a value may stand in a part.
func (p Part) fits(v string) bool {
	words := func(ok func(string) bool) bool {
		all := strings.Split(v, " ")
		return slices.IsSorted(all) && len(slices.Compact(slices.Clone(all))) == len(all) && !slices.ContainsFunc(all, func(w string) bool { return !ok(w) })
	}
	switch p.Is {
	case "line":
		return person.Text(v, maxLine) && !strings.ContainsAny(v, "\n\t") && strings.TrimSpace(v) == v
	case "mark":
		return mark(v)
	case "day":
		t, err := time.Parse(time.DateOnly, v)
		return err == nil && t.Format(time.DateOnly) == v
	case "time":
		t, err := time.Parse("15:04", v)
		return err == nil && t.Format("15:04") == v
	case "country":
		_, err := id.ParseMember(v)
		return err == nil
	case "digest":
		return hexes(v)
	case "desk":
		a, err := id.ParseAddress(v)
		return err == nil && a.String() == v
	case "item":
		_, err := id.ParseRandom[id.Thread](v)
		return err == nil
	case "tags":
		return words(person.Tag)
	case "code":
		return slices.Contains(p.Of, v)
	case "codes":
		return words(func(w string) bool { return slices.Contains(p.Of, w) })
	}
	return false
}

// mark reports whether s stands for a person and names nobody: up to three capital letters, a dash, a number.
func mark(s string) bool {
	letters, number, ok := strings.Cut(s, "-")
	return ok && len(letters) >= 1 && len(letters) <= 3 && strings.Trim(letters, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == "" && len(number) >= 1 && len(number) <= 4 &&
		strings.Trim(number, "0123456789") == ""
}

func hexes(s string) bool { return len(s) == 64 && strings.Trim(s, "0123456789abcdef") == "" }

// check reports whether values are what a sort says, and nothing else.
func (s Shape) check(values map[string]string) error {
	n := 0
	for _, p := range s.Parts {
		v, ok := values[p.Name]
		if ok {
			n++
		}
		if ok && !p.fits(v) || !ok && p.Need || ok && v == "" {
			return wrong(p.Name)
		}
	}
	if n != len(values) {
		return wrong("values")
	}
	return nil
}

// due returns the day of which people are reminded by these values; empty: none.
func (s Shape) due(values map[string]string) string {
	if s.Day == "" || !slices.Contains(s.Live, values["state"]) {
		return ""
	}
	return values[s.Day]
}
