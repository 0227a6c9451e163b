package count

import (
	"bytes"
	"context"
	"slices"
	"strconv"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/sorting"
	"github.com/opentrm/opentrm/internal/veil"
)

// Share is a part of what a desk has made of its cases for a run: marks, and no key that could be read. It is sealed to the desk that puts them
// together, and over that under the key of the node. It is in no backup, and destroyed when they are put together or the run is over.
type Share struct {
	Run    string
	Desk   id.Desk // whose cases they are
	Number int64   // from 0
	Merged bool    // of files that were merged into others, which come last
	After  id.Case // the last one that was looked at
	Files  int64
	Done   bool           // it is the last part of the desk
	Handed keyring.Handed // the key of Body; its Desk puts together
	Body   []byte
}

// Sharing is how far a desk is with its cases.
type Sharing struct {
	Desk  id.Desk
	Files int64 // that were read
	Done  bool
	Left  bool // it is counted without this desk
}

const (
	shareUse = "count-share"
	// shareSize is how many cases are opened and written at once.
	shareSize = 100
)

func (p *Share) object() string {
	return p.Run + "/" + string(p.Desk) + "/" + strconv.FormatInt(p.Number, 10)
}

func (s *Service) shareAAD(p *Share) []byte {
	return frame.JoinText("opentrm/count-share/1", string(s.Member), p.object())
}

// file is what is counted of a case: the marks of whom it is about.
type file struct {
	of   id.Case // of merged files the one that is worked with
	in   bool    // in the period
	keys []veil.Mark
}

// write appends files to b as they rest: the case, whether it is in the period, how many marks it has, and the marks.
func write(b []byte, files []file) []byte {
	for _, f := range files {
		b = append(append(b, byte(len(f.of))), f.of...)
		b = append(b, bit(f.in), byte(len(f.keys)))
		for _, k := range f.keys {
			b = append(append(b, bit(k.Strong)), k.Bytes[:]...)
		}
	}
	return b
}

func bit(is bool) byte {
	if is {
		return 1
	}
	return 0
}

// parseFiles reads what write wrote.
//
// It fails with [fault.Internal] "count.kept" if it is anything else.
func parseFiles(b []byte) ([]file, error) {
	var out []file
	r := bytes.NewReader(b)
	bad := fault.New(fault.Internal, "count.kept")
	take := func(n int) ([]byte, bool) {
		if n > r.Len() {
			return nil, false
		}
		at := len(b) - r.Len()
		_, _ = r.Seek(int64(n), 1)
		return b[at : at+n], true
	}
	flag := func() (is, ok bool) {
		x, ok := take(1)
		return ok && x[0] == 1, ok && x[0] < 2
	}
	for r.Len() > 0 {
		n, _ := r.ReadByte()
		of, ok1 := take(int(n))
		in, ok2 := flag()
		count, ok3 := take(1)
		if !ok1 || !ok2 || !ok3 || count[0] > veil.PersonKeys {
			return nil, bad
		}
		f := file{of: id.Case(of), in: in}
		for range count[0] {
			strong, ok1 := flag()
			mark, ok2 := take(veil.MarkSize)
			if !ok1 || !ok2 {
				return nil, bad
			}
			f.keys = append(f.keys, veil.Mark{Strong: strong, Bytes: [veil.MarkSize]byte(mark)})
		}
		out = append(out, f)
	}
	return out, nil
}

// counts reports whether a run counts a case.
func (s Scope) counts(c *casefile.Case) bool {
	return s.Within(c.Opened) && (s.Definition != Identified || c.Status != "")
}

// page reads the next cases of a desk that a run needs: those that it counts, and every merged one, because it leads to another. more is false behind
// the last one.
func pageOf(ctx context.Context, tx Tx, at *Share, scope Scope) (all []casefile.Case, more bool, err error) {
	state := casefile.State("")
	if at.Merged {
		state = casefile.Merged
	}
	page, err := tx.CasesAt(ctx, at.Desk, "", casefile.Filter{State: state, After: at.After, Limit: shareSize})
	if err != nil {
		return nil, false, err
	}
	for i := range page {
		at.After = page[i].ID
		if at.Merged || scope.counts(&page[i]) {
			all = append(all, page[i])
		}
	}
	return all, len(page) == shareSize, nil
}

// needed returns the desks of a realm that have cases that a run counts, in order. It opens none.
func needed(ctx context.Context, tx Tx, realm access.Realm, scope Scope) ([]id.Desk, error) {
	all, err := tx.Desks(ctx)
	if err != nil {
		return nil, err
	}
	var out []id.Desk
	for _, d := range all {
		if d.Realm != realm || d.Kind != desk.AtNode {
			continue
		}
		has, err := hasCases(ctx, tx, d.ID, scope)
		if err != nil {
			return nil, err
		}
		if has {
			out = append(out, d.ID)
		}
	}
	sorting.By(out, compareText)
	return out, nil
}

func compareText(a, b id.Desk) int { return bytes.Compare([]byte(a), []byte(b)) }

func hasCases(ctx context.Context, tx Tx, d id.Desk, scope Scope) (bool, error) {
	for _, merged := range []bool{false, true} {
		for at, more := (Share{Desk: d, Merged: merged}), true; more; {
			page, next, err := pageOf(ctx, tx, &at, scope)
			if err != nil {
				return false, err
			}
			if slices.ContainsFunc(page, func(c casefile.Case) bool { return scope.counts(&c) }) {
				return true, nil
			}
			more = next
		}
	}
	return false, nil
}

// sharing says how far each desk is: those that have cases which the run counts, and the one that puts together.
func sharing(ctx context.Context, tx Tx, r *Run, run string, scope Scope) ([]Sharing, error) {
	home, err := tx.Desk(ctx, r.Desk)
	if err != nil {
		return nil, err
	}
	all, err := needed(ctx, tx, home.Realm, scope)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(all, r.Desk) {
		all = append(all, r.Desk)
	}
	parts, err := tx.CountShares(ctx, run)
	if err != nil {
		return nil, err
	}
	out := make([]Sharing, len(all))
	for i, d := range all {
		out[i] = Sharing{Desk: d, Left: slices.Contains(r.Left, d)}
		for _, p := range parts {
			if p.Desk == d {
				out[i].Files, out[i].Done = out[i].Files+p.Files, out[i].Done || p.Done
			}
		}
	}
	return out, nil
}

// share opens the cases of the bearer's desk and seals what was made of them to the desk that puts together, from where an earlier call has stopped.
func (s *Service) share(ctx context.Context, by keyring.Bearer, run string, sheet *veil.Sheet, scope Scope, home id.Desk, w *work) error {
	at := Share{Run: run, Desk: by.Desk, Number: -1}
	err := s.Read(ctx, func(tx Tx) error {
		parts, err := tx.CountShares(ctx, run)
		if err != nil {
			return err
		}
		for _, p := range parts {
			if p.Desk == by.Desk {
				w.files.Add(p.Files)
				at = p
			}
		}
		return nil
	})
	for err == nil && !at.Done {
		err = s.shareNext(ctx, by, sheet, scope, home, &at)
		w.files.Add(at.Files)
	}
	return err
}

// shareNext makes the part behind at.
func (s *Service) shareNext(ctx context.Context, by keyring.Bearer, sheet *veil.Sheet, scope Scope, home id.Desk, at *Share) error {
	next := Share{Run: at.Run, Desk: at.Desk, Number: at.Number + 1, Merged: at.Merged, After: at.After}
	var (
		files  []file
		opened []id.Case
	)
	err := s.Read(ctx, func(tx Tx) error {
		files, opened = nil, nil
		next.Merged, next.After = at.Merged, at.After
		page, more, err := pageOf(ctx, tx, &next, scope)
		if err != nil {
			return err
		}
		for i := range page {
			c := &page[i]
			keys, open, err := s.open(ctx, tx, by, c.ID)
			if err != nil {
				return err
			}
			f := file{of: c.ID, in: scope.counts(c), keys: sheet.Marks(keys)}
			if c.Into != "" {
				f.of = c.Into
			}
			if files = append(files, f); open {
				opened = append(opened, c.ID)
			}
		}
		if !more {
			next.Done, next.Merged, next.After = next.Merged, true, ""
		}
		return nil
	})
	if err != nil {
		return err
	}
	plain := write(nil, files)
	defer clear(plain)
	next.Files = int64(len(files))
	err = s.Write(ctx, audit.Did(by.Actor, access.PrepareCount, at.Run).For("share"), func(tx Tx) error {
		if _, _, _, _, err := s.turn(ctx, tx, at.Run, veil.StepCommit); err != nil {
			return err
		}
		for _, c := range opened {
			if err := tx.Also(audit.Saw(by.Actor, access.PrepareCount, string(c)).In(c).For("count")); err != nil {
				return err
			}
		}
		key := seal.NewKey(s.Rand)
		defer key.Wipe()
		handed, err := s.Keyring.HandIn(ctx, tx, shareUse, next.object(), key, home)
		if err != nil {
			return err
		}
		next.Handed, next.Body = handed, key.Seal(s.shareAAD(&next), plain)
		return tx.AddCountShare(ctx, next)
	})
	if err == nil {
		*at = next
	}
	return err
}

// open returns the keys of whom a case is about; none where nothing is known, or where she asked that it is not used. open is false where it was not
// opened.
func (s *Service) open(ctx context.Context, tx Tx, by keyring.Bearer, c id.Case) (keys []veil.Key, open bool, err error) {
	kept, err := func() (person.Kept, error) {
		if _, err := person.MayIn(ctx, tx, by.Actor, access.PrepareCount, c, s.now()); err != nil {
			return person.Kept{}, err
		}
		k, err := s.Keyring.OpenCaseIn(ctx, tx, by, c)
		if err != nil {
			return person.Kept{}, err
		}
		open = true
		return s.Persons.ReadIn(ctx, tx, k)
	}()
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Conflict) || fault.Is(err, fault.Hidden) {
		return nil, open, nil // nobody is known, she asked that it is not used, or this desk cannot open it
	}
	if err != nil {
		return nil, open, err
	}
	return keysOf(kept.Person), open, nil
}

// shared opens what all desks have made of their cases. Nobody is shown it.
func (s *Service) shared(ctx context.Context, by keyring.Bearer, run string) ([]file, error) {
	var parts []Share
	err := s.Read(ctx, func(tx Tx) (err error) { parts, err = tx.CountShares(ctx, run); return err })
	if err != nil {
		return nil, err
	}
	var out []file
	for _, p := range parts {
		err := s.Read(ctx, func(tx Tx) error {
			whole, err := tx.CountShare(ctx, run, p.Desk, p.Number)
			if err != nil {
				return err
			}
			keys, err := s.Keyring.OpenDeskIn(ctx, tx, by, by.Desk)
			if err != nil {
				return err
			}
			key, err := keys.TakeIn(ctx, tx, shareUse, whole.object(), whole.Handed)
			if err != nil {
				return err
			}
			defer key.Wipe()
			plain, err := key.Open(s.shareAAD(&whole), whole.Body)
			if err != nil {
				return fault.Wrap(fault.Internal, "count.kept", err)
			}
			defer clear(plain)
			files, err := parseFiles(plain)
			out = append(out, files...)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// keysOf returns the match keys of a person by the first of her names that has any, the registered one first.
func keysOf(p person.Person) []veil.Key {
	all := p.Veiled()
	if len(all) == 0 {
		return nil
	}
	return veil.OfPerson(all[0])
}
