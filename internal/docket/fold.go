package docket

import (
	"maps"
	"slices"
	"strings"

	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/sorting"
)

// Kept is an entry with the digest by which others name it.
type Kept struct {
	Entry
	Digest string
}

// Item is one thing on a board, as it stands.
type Item struct {
	ID      id.Thread
	Sort    string
	Author  string // who wrote it first
	Values  map[string]string
	Now     string // digest of the entry that says how it stands
	By      string // who wrote that
	Void    bool   // it was entered in error
	Both    bool   // who says how it stands had not seen all that was written of it before
	History []Kept // every entry about it, in order
}

// Board is what a set of entries says.
type Board struct {
	ID      id.Thread
	Root    string   // the desk that opened it; empty: nobody knows it yet here
	Items   []Item   // in the order in which they were begun
	Heads   []string // the latest entries, of which the next is written
	Level   int64    // the highest of theirs
	Missing []string // entries that others name and that are not here
	Idle    []Kept   // entries that count for nothing: written by who may not, or where nothing may be changed
}

// Of returns the items of a sort that were not entered in error.
func (b Board) Of(sort string) []Item {
	var all []Item
	for _, i := range b.Items {
		if i.Sort == sort && !i.Void {
			all = append(all, i)
		}
	}
	return all
}

// Item returns one item.
func (b Board) Item(item id.Thread) (Item, bool) {
	i := slices.IndexFunc(b.Items, func(x Item) bool { return x.ID == item })
	if i < 0 {
		return Item{}, false
	}
	return b.Items[i], true
}

// Chain returns where a piece of evidence went: the hand-overs that were not entered in error, in order.
func (b Board) Chain(evidence id.Thread) []Item {
	var all []Item
	for _, i := range b.Of("custody") {
		if i.Values["evidence"] == string(evidence) {
			all = append(all, i)
		}
	}
	return all
}

// Desks returns the addresses of those on the board, in order.
func (b Board) Desks() []string {
	var all []string
	for _, i := range b.Of("desk") {
		if i.Values["state"] == "in" {
			all = append(all, i.Values["desk"])
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// graph is a set of entries by their digests, with those about desks apart.
type graph struct {
	all   map[string]Kept
	desks []Kept
	root  string
	board id.Thread
}

// above reports whether the entry of one digest had seen that of another, as far as what is between them is here.
func (g graph) above(later, earlier string) bool {
	floor := g.all[earlier].Level
	seen, todo := map[string]bool{}, []string{later}
	for len(todo) > 0 {
		at := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, d := range g.all[at].After {
			if d == earlier {
				return true
			}
			if !seen[d] && g.all[d].Level > floor {
				seen[d] = true
				todo = append(todo, d)
			}
		}
	}
	return false
}

// ordered returns entries, each once, the lowest first.
func ordered(all []Kept) []Kept {
	out := slices.Clone(all)
	sorting.By(out, func(a, b Kept) int {
		if a.Level != b.Level {
			return int(a.Level - b.Level)
		}
		return strings.Compare(a.Digest, b.Digest)
	})
	return slices.CompactFunc(out, func(a, b Kept) bool { return a.Digest == b.Digest })
}

// Fold returns what entries say. It depends on the set alone: neither on their order, nor on when they came.
func Fold(all []Kept) Board {
	all = ordered(all)
	b, g := Board{}, graph{all: map[string]Kept{}}
	for _, k := range all {
		g.all[k.Digest] = k
		if k.Sort == "desk" {
			g.desks = append(g.desks, k)
		}
		if k.First() && b.Root == "" {
			b.ID, b.Root = k.Board, k.Author
		}
	}
	g.root, g.board = b.Root, b.ID
	at, missing := map[string]int{}, map[string]bool{}
	whole, last := map[string]bool{}, map[string]bool{}
	for _, k := range all {
		is := g.counts(k) && b.take(g, at, k)
		if !is {
			b.Idle = append(b.Idle, k)
		}
		for _, d := range k.After {
			if _, ok := g.all[d]; !ok {
				missing[d] = true
			}
			is = is && whole[d]
		}
		if !is { // nobody goes on from an entry that counts for nothing, or that names what is not here
			continue
		}
		for _, d := range k.After {
			delete(last, d)
		}
		whole[k.Digest], last[k.Digest] = true, true
		b.Level = max(b.Level, k.Level)
	}
	b.Heads, b.Missing = slices.Sorted(maps.Keys(last)), slices.Sorted(maps.Keys(missing))
	return b
}

// take lets an entry say what it says of its item; false if it counts for nothing.
func (b *Board) take(g graph, at map[string]int, k Kept) bool {
	name := k.Sort + "/" + string(k.Item)
	if k.Sort == "desk" {
		name = k.Sort + "/" + k.Values["desk"] // one desk is one item, however often it was entered
	}
	i, ok := at[name]
	if !ok {
		if k.Void {
			return false
		}
		at[name] = len(b.Items)
		b.Items = append(b.Items, Item{ID: k.Item, Sort: k.Sort, Author: k.Author, Values: k.Values, Now: k.Digest, By: k.Author, History: []Kept{k}})
		return true
	}
	x := &b.Items[i]
	shape, _ := ShapeOf(k.Sort)
	if x.Void || k.Void && k.Author != x.Author || shape.Once && !k.Void {
		return false
	}
	x.Both = slices.ContainsFunc(x.History, func(h Kept) bool { return !g.above(k.Digest, h.Digest) })
	x.History = append(x.History, k)
	x.Now, x.By, x.Void = k.Digest, k.Author, k.Void
	if !k.Void {
		x.Values = k.Values
	}
	return true
}

// counts reports whether an entry may say what it says: it is of the level of what it names, by a desk that was let on the board, and about the board or another
// desk only by who opened it.
func (g graph) counts(k Kept) bool {
	if k.Board != g.board {
		return false
	}
	if k.First() {
		return k.Author == g.root
	}
	level, whole := int64(0), true
	for _, d := range k.After {
		before, ok := g.all[d]
		whole = whole && ok
		level = max(level, before.Level)
	}
	if k.Level != level+1 && whole { // what it names may be on its way yet
		return false
	}
	if k.Author == g.root {
		return true
	}
	shape, _ := ShapeOf(k.Sort)
	return !shape.Root && (k.Sort != "desk" || k.Values["desk"] == k.Author) && g.lets(k)
}

// lets reports whether the desk that wrote an entry was let on the board by who opened it, and, if it was sent away since, whether who did that had seen the entry.
func (g graph) lets(k Kept) bool {
	var last *Kept
	for i, x := range g.desks { // the lowest first
		if x.Author == g.root && x.Values["desk"] == k.Author {
			last = &g.desks[i]
		}
	}
	return last != nil && (last.Values["state"] == "in" || g.above(last.Digest, k.Digest))
}
