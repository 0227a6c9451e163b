package audit

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"maps"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/sorting"
)

// Part names a part of the log that can be wrong.
type Part string

// The parts.
const (
	PartHead        Part = "head"        // the stored end does not fit the leaves
	PartBlock       Part = "block"       // a block is missing, misshapen, or does not fit those below it
	PartPayload     Part = "payload"     // a payload or its salt is not what the leaf commits to
	PartCheckpoint  Part = "checkpoint"  // not signed by the node, or states another tree
	PartCosignature Part = "cosignature" // not of that witness and checkpoint
	PartEpoch       Part = "epoch"       // the statement that began an epoch is missing, forged or untrue
)

// Problem is one thing that is wrong, in leaves [From, To) of an epoch.
type Problem struct {
	Part  Part   `json:"part"`
	Epoch int64  `json:"epoch"`
	From  int64  `json:"from"`
	To    int64  `json:"to"`
	Key   string `json:"key"` // message key
}

// MaxProblems is the number of problems up to which a report lists them.
const MaxProblems = 100

// Report is what [Verify] found.
type Report struct {
	Epochs       int64               `json:"epochs"`
	Leaves       int64               `json:"leaves"`
	Entries      int64               `json:"entries"` // leaves whose payload is there and fits
	Padded       int64               `json:"padded"`  // leaves shown to be padding
	Missing      int64               `json:"missing"` // leaves whose payload was deleted
	Checkpoints  int64               `json:"checkpoints"`
	Cosignatures map[id.Member]int64 `json:"cosignatures"`
	Uncovered    int64               `json:"uncovered"` // leaves after the last good checkpoint of their epoch
	Problems     []Problem           `json:"problems"`  // of each epoch the narrowest first, then by leaf; at most MaxProblems
	Wrong        int64               `json:"wrong"`     // how many problems there are
}

// OK reports whether nothing is wrong.
func (r Report) OK() bool { return r.Wrong == 0 }

// Options says how to verify.
type Options struct {
	Member   id.Member
	Roster   Roster                  // keys of the node and of its witnesses, past keys included
	Against  []string                // checkpoints of this log that others hold: they must fit too
	Progress func(leaves, all int64) // may be nil
}

// Verify recomputes the whole log from its leaves and compares everything that is stored or signed with
// it. It needs no network and little memory, and goes on after the first problem. Payloads that were
// deleted are counted, and what they committed to is verified all the same.
//
// It fails only if the log cannot be read: as r fails, and with [fault.NotFound] if there is no log.
// What is wrong with the log is in the report.
func Verify(ctx context.Context, r Reader, o Options) (Report, error) {
	heads, err := r.AuditHeads(ctx)
	if err != nil {
		return Report{}, err
	}
	if len(heads) == 0 {
		return Report{}, fault.New(fault.NotFound, "audit.none")
	}
	begun, err := r.AuditEpochs(ctx)
	if err != nil {
		return Report{}, err
	}
	v := &verifier{ctx: ctx, r: r, o: o, report: Report{Cosignatures: map[id.Member]int64{}}}
	for _, h := range heads {
		v.all += h.Size
	}
	v.readBeginnings(begun)
	v.against()
	next := int64(1)
	for _, h := range heads {
		if h.Epoch != next {
			v.wrong(PartEpoch, next, 0, 0, "audit.verify.epoch-missing")
		}
		next = h.Epoch + 1
		if err := v.epoch(h); err != nil {
			return Report{}, err
		}
	}
	for _, e := range slices.Sorted(maps.Keys(v.begun)) {
		if e >= next {
			v.wrong(PartEpoch, e, 0, 0, "audit.verify.epoch-missing")
		}
	}
	for _, s := range v.foreign {
		if s.Epoch >= next {
			v.wrong(PartCheckpoint, s.Epoch, 0, s.Size, "audit.verify.beyond-end")
		}
	}
	sorting.Stable(v.report.Problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Epoch, b.Epoch), cmp.Compare(a.To-a.From, b.To-b.From), cmp.Compare(a.From, b.From))
	})
	return v.report, nil
}

type verifier struct {
	ctx     context.Context
	r       Reader
	o       Options
	report  Report
	all     int64
	begun   map[int64]Beginning
	foreign []State
}

func (v *verifier) wrong(part Part, epoch, from, to int64, key string) {
	v.report.Wrong++
	if len(v.report.Problems) < MaxProblems {
		v.report.Problems = append(v.report.Problems, Problem{part, epoch, from, to, key})
	}
}

func (v *verifier) readBeginnings(notes []string) {
	v.begun = make(map[int64]Beginning, len(notes))
	for i, n := range notes {
		b, err := ParseBeginning(n, v.o.Roster)
		if err != nil || b.Member != v.o.Member {
			v.wrong(PartEpoch, int64(i)+2, 0, 0, "audit.verify.epoch-signature")
			continue
		}
		v.begun[b.Epoch] = b
	}
}

func (v *verifier) against() {
	for _, n := range v.o.Against {
		s, err := ParseCheckpoint(n, v.o.Roster)
		if err != nil || s.Member != v.o.Member {
			v.wrong(PartCheckpoint, 0, 0, 0, "audit.verify.foreign")
			continue
		}
		v.foreign = append(v.foreign, s)
	}
}

// claim is a root that somebody signed for a size.
type claim struct {
	part Part
	size int64
	root tlog.Hash
	key  string // of the problem if it is untrue
	own  bool
}

// epoch verifies one epoch from its first leaf to its last.
func (v *verifier) epoch(h Head) error {
	end, err := openTree(h)
	if err != nil {
		v.wrong(PartHead, h.Epoch, 0, h.Size, "audit.verify.head")
		return nil
	}
	v.report.Epochs++
	claims, err := v.claims(h)
	if err != nil {
		return err
	}
	w := &walk{verifier: v, head: h, end: end, t: &tree{epoch: h.Epoch}, claims: claims, payloads: payloads{r: v.r, next: At(h.Epoch, 0), end: At(h.Epoch+1, 0)}}
	if err := w.run(); err != nil {
		return err
	}
	v.report.Leaves += h.Size
	v.report.Uncovered += h.Size - w.covered
	return nil
}

// claims collects what was signed about an epoch, smallest size first.
func (v *verifier) claims(h Head) ([]claim, error) {
	var out []claim
	for from, end := At(h.Epoch, 0), At(h.Epoch+1, 0); from < end; {
		const batch = 256
		list, err := v.r.AuditCheckpoints(v.ctx, from, end, batch)
		if err != nil {
			return nil, err
		}
		if len(list) == 0 {
			break
		}
		last := list[len(list)-1].At
		for _, c := range list {
			s, err := ParseCheckpoint(c.Note, v.o.Roster)
			if err != nil || s.Member != v.o.Member || s.At() != c.At {
				v.wrong(PartCheckpoint, h.Epoch, 0, c.At.Index(), "audit.verify.checkpoint-signature")
				continue
			}
			out = append(out, claim{PartCheckpoint, s.Size, s.Root, "audit.verify.checkpoint-root", true})
		}
		if err := v.cosignatures(list, from, last+1); err != nil {
			return nil, err
		}
		from = last + 1
	}
	for _, s := range v.foreign {
		if s.Epoch == h.Epoch {
			out = append(out, claim{PartCheckpoint, s.Size, s.Root, "audit.verify.foreign-root", false})
		}
	}
	if b, ok := v.begun[h.Epoch+1]; ok {
		out = append(out, claim{PartEpoch, b.Kept, b.KeptRoot, "audit.verify.epoch-kept", false})
		if b.Kept != h.Size {
			v.wrong(PartEpoch, h.Epoch, min(b.Kept, h.Size), max(b.Kept, h.Size), "audit.verify.epoch-kept")
		}
		out = slices.DeleteFunc(out, func(c claim) bool { return c.part == PartCheckpoint && !c.own && c.size > b.Kept })
	}
	sorting.Stable(out, func(a, b claim) int { return cmp.Compare(a.size, b.size) })
	return out, nil
}

// cosignatures checks the cosignatures of a batch of checkpoints, which lie in [from, to).
func (v *verifier) cosignatures(list []Checkpoint, from, to Place) error {
	at := make(map[Place]Checkpoint, len(list))
	for _, c := range list {
		at[c.At] = c
	}
	const most = 1 << 20
	all, err := v.r.AuditCosignatures(v.ctx, from, to, most)
	if err != nil {
		return err
	}
	for _, x := range all {
		c, ok := at[x.At]
		var read Cosignature
		if ok {
			read, err = ReadCosignature(c, x.Line, x.Member, v.o.Roster)
		}
		if !ok || err != nil || read != x || x.Member == v.o.Member {
			v.wrong(PartCosignature, x.At.Epoch(), 0, x.At.Index(), "audit.verify.cosignature")
			continue
		}
		v.report.Cosignatures[x.Member]++
	}
	return nil
}

// beginning checks that the first leaf of a later epoch commits to the statement that began it.
func (v *verifier) beginning(epoch int64, first []byte) {
	if epoch == 1 {
		return
	}
	b, ok := v.begun[epoch]
	if !ok {
		v.wrong(PartEpoch, epoch, 0, 0, "audit.verify.epoch-unsigned")
		return
	}
	if first == nil {
		return // its payload was deleted; counted as missing
	}
	if e, err := ParseEntry(first); err != nil || e.Action != BeginEpoch || e.Manifest != b.digest() {
		v.wrong(PartEpoch, epoch, 0, 1, "audit.verify.epoch-unsigned")
	}
}

// fits reports whether salt and data are what leaf commits to.
func fits(leaf tlog.Hash, salt, data []byte) bool {
	return len(salt) == saltSize && bytes.Equal(leaf[:], sum(salt, data))
}

func sum(salt, data []byte) []byte {
	h := sha256.New()
	h.Write(salt)
	h.Write(data)
	return h.Sum(nil)
}
