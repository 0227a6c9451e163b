package audit

import (
	"bytes"
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/sorting"
)

// Filter says which entries are looked for; what is empty says nothing. Every word is matched whole and as the log has it, so a
// filter finds nothing that the list does not show.
type Filter struct {
	Action access.Action
	AnyOf  []access.Action // one of these; empty: any
	Role   access.Role
	Object string     // an identifier: of what was touched, of a case or of an account
	Since  frame.Time // not before; 0: from the beginning
	Until  frame.Time // before; 0: to the end
}

// None reports whether f leaves nothing out.
func (f Filter) None() bool {
	return f.Action == "" && len(f.AnyOf) == 0 && f.Role == "" && f.Object == "" && f.Since == 0 && f.Until == 0
}

// Found is what one search of the log came to, the newest entry first.
type Found struct {
	Entries []Logged
	Next    Place // older ones are looked for before this place; 0: that was all
	Back    bool  // it stopped there because enough was read, not because enough was found
}

// A search reads at most searchMost payloads, in batches, and a clock may have gone back by searchSlack between two entries.
const (
	searchMost  = 1 << 14
	searchBatch = 1 << 10
	searchSlack = 60 * 60 * 1_000_000 // microseconds
)

// Find shows the newest entries that fit a filter, before a place (0: from the end), at most limit. There is no index of what
// entries say: days are found by halving, and the rest is read backwards, at most so much at once that the node goes on working; who
// wants more asks again from where it stopped. The reading is recorded, with the identifier that was looked for if the
// log has it already: what else somebody typed has no place in it.
//
// It fails with [fault.Denied] if who may not read the log.
func (s *Service) Find(ctx context.Context, who access.Actor, f Filter, before Place, limit int) (Found, error) {
	if err := access.Check(who, access.ReadAudit, s.on()); err != nil {
		return Found{}, err
	}
	if limit < 1 || limit > MostEntries {
		limit = MostEntries
	}
	var out Found
	err := s.Read(ctx, func(r Reader) (err error) {
		out, err = find(ctx, r, f, before, limit)
		return err
	})
	if err != nil {
		return Found{}, err
	}
	object := "log"
	if f.Object != "" && len(out.Entries) > 0 {
		object = f.Object
	}
	err = s.Write(ctx, Saw(who, access.ReadAudit, object), func(Reader) error { return nil })
	if err != nil {
		return Found{}, err
	}
	return out, nil
}

// Latest returns the newest entries of an action, the newest first, at most limit, as far as one search reads back.
func Latest(ctx context.Context, r Reader, action access.Action, limit int) ([]Logged, error) {
	found, err := find(ctx, r, Filter{Action: action}, 0, limit)
	return found.Entries, err
}

func find(ctx context.Context, r Reader, f Filter, before Place, limit int) (Found, error) {
	heads, err := r.AuditHeads(ctx)
	if err != nil {
		return Found{}, err
	}
	var out Found
	read := 0
	for _, h := range slices.Backward(heads) {
		end := At(h.Epoch, h.Size)
		if before != 0 {
			end = min(end, before)
		}
		if f.Until != 0 {
			if end, err = firstAfter(ctx, r, h.Epoch, end, f.Until+searchSlack); err != nil {
				return Found{}, err
			}
		}
		for end > At(h.Epoch, 0) {
			if read >= searchMost {
				out.Next, out.Back = end, true
				return out, nil
			}
			from := max(At(h.Epoch, 0), end-searchBatch)
			batch, err := r.AuditPayloads(ctx, from, end, searchBatch)
			if err != nil {
				return Found{}, err
			}
			read += searchBatch
			old := len(batch) > 0 && f.Since != 0
			for _, p := range slices.Backward(batch) {
				e, fits, when := f.fits(p.Data)
				old = old && when < f.Since-searchSlack
				if !fits {
					continue
				}
				if len(out.Entries) == limit {
					out.Next = out.Entries[limit-1].At
					return out, nil
				}
				out.Entries = append(out.Entries, Logged{At: p.At, Entry: e})
			}
			if old {
				return out, nil
			}
			end = from
		}
	}
	return out, nil
}

// fits reads a payload and reports whether f wants it, and when it was made; 0 if it is no entry. Whole values are looked for in
// the bytes first: canonical form has one way to write each, so most payloads need not be parsed.
func (f Filter) fits(data []byte) (Entry, bool, frame.Time) {
	has := func(name, value string) bool {
		return value == "" || bytes.Contains(data, []byte(`"`+name+`":"`+value+`"`))
	}
	words := f.anyOf(data) && has("action", string(f.Action)) && has("role", string(f.Role)) && (has("object", f.Object) || has("case", f.Object) || has("user", f.Object))
	if !words && f.Since == 0 {
		return Entry{}, false, 0
	}
	e, err := ParseEntry(data)
	if err != nil {
		return Entry{}, false, 0
	}
	return e, words && opaque(f.Object) && e.Time >= f.Since && (f.Until == 0 || e.Time < f.Until), e.Time
}

// anyOf reports whether the action of an entry is one of those that are looked for: it is the first word of what was recorded.
func (f Filter) anyOf(data []byte) bool {
	if len(f.AnyOf) == 0 {
		return true
	}
	rest, ok := bytes.CutPrefix(data, []byte(`{"action":"`))
	action, _, _ := bytes.Cut(rest, []byte(`"`))
	return ok && slices.Contains(f.AnyOf, access.Action(action))
}

// firstAfter returns a place at or before end from which on all entries of an epoch are of a moment or later.
func firstAfter(ctx context.Context, r Reader, epoch int64, end Place, moment frame.Time) (Place, error) {
	low, high := At(epoch, 0), end
	for high-low > searchBatch {
		middle := low + (high-low)/2
		some, err := r.AuditPayloads(ctx, middle, high, 8)
		if err != nil {
			return 0, err
		}
		later := false
		for _, p := range some {
			if e, err := ParseEntry(p.Data); err == nil {
				later = e.Time >= moment
				break
			}
		}
		if later {
			high = middle
		} else {
			low = middle
		}
	}
	return high, nil
}

// Shown is one entry and what proves that it is in the log.
type Shown struct {
	Logged
	Leaf  Leaf
	Proof *Proof // nil: no checkpoint that was signed covers it yet
	State State  // what the checkpoint of the proof states
	By    []Cosignature
}

// Show shows the entry at a place, its leaf and its proof under the newest witnessed checkpoint that covers it, or under the newest
// one where none does. The proof holds what opens the leaf, so that it can be checked without this node. The reading is recorded.
//
// It fails with [fault.Denied] if who may not read the log, and with [fault.NotFound] if there is no entry at that place, or no more.
func (s *Service) Show(ctx context.Context, who access.Actor, at Place, others int) (Shown, error) {
	if err := access.Check(who, access.ReadAudit, s.on()); err != nil {
		return Shown{}, err
	}
	if err := access.Check(who, access.VerifyAudit, s.on()); err != nil {
		return Shown{}, err
	}
	var out Shown
	err := s.Write(ctx, Saw(who, access.ReadAudit, "log"), func(r Reader) error {
		found, err := r.AuditPayloads(ctx, at, at+1, 1)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return fault.New(fault.NotFound, "fault.not-found")
		}
		p := found[0]
		out = Shown{Logged: Logged{At: at}, Leaf: leafOf(p.Salt, p.Data)}
		if out.Entry, err = ParseEntry(p.Data); err != nil {
			return fault.New(fault.NotFound, "fault.not-found") // padding
		}
		proof, by, err := s.prove(ctx, r, at, others)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		body, _, ok := cutNote(proof.Note)
		if !ok {
			return fault.New(fault.Internal, "audit.checkpoint.form")
		}
		if out.State, err = parseState(body); err != nil {
			return err
		}
		proof.Opening = slices.Concat(p.Salt, p.Data)
		out.Proof, out.By = &proof, by
		return nil
	})
	return out, err
}

// Opened returns the entry that a proof shows to be in the log, from what the proof itself holds.
//
// It fails as [Proof.Check] does, and with [fault.Invalid] if the proof opens no entry.
func (p Proof) Opened(roster Roster) (Entry, State, error) {
	if len(p.Opening) <= saltSize {
		return Entry{}, State{}, fault.New(fault.Invalid, "audit.proof.form")
	}
	salt, data := p.Opening[:saltSize], p.Opening[saltSize:]
	e, err := ParseEntry(data)
	if err != nil {
		return Entry{}, State{}, err
	}
	s, err := p.Check(leafOf(salt, data), roster)
	return e, s, err
}

// Cosigned returns the cosignatures under the checkpoint of p that are good by the roster, at most one of each member.
func (p Proof) Cosigned(s State, roster Roster) []Cosignature {
	_, lines, ok := cutNote(p.Note)
	if !ok {
		return nil
	}
	var out []Cosignature
	for m := range roster {
		if c, err := ReadCosignature(Checkpoint{At: s.At(), Note: p.Note}, lines, m, roster); err == nil && m != s.Member {
			out = append(out, c)
		}
	}
	sorting.By(out, func(a, b Cosignature) int { return bytes.Compare([]byte(a.Member), []byte(b.Member)) })
	return out
}
