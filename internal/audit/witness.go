package audit

import (
	"context"
	"crypto"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// The parameters of witnessing (spec/audit-log.md, section 7).
const (
	Quorum      = 3                  // cosignatures of others that make a checkpoint witnessed
	WarnAfter   = 72 * time.Hour     // without a witnessed checkpoint the coordinator is warned
	ProofWithin = 7 * 24 * time.Hour // a checkpoint seen must be proven
	maxDemands  = 100                // places asked for at once
)

// Fork is evidence against a member's log: two checkpoints, both signed by its node, that do not belong
// to one append-only log. Anybody who has the member's checkpoint keys can judge it with [Fork.Judge].
type Fork struct {
	Member id.Member `json:"member"`
	First  string    `json:"first"`           // signed note
	Second string    `json:"second"`          // signed note
	Proof  string    `json:"proof,omitempty"` // base64 hashes, a line each; see Judge
	Known  bool      `json:"-"`               // the same evidence was kept before
}

// Judge reports whether f proves that the node of its member signed two histories: either both
// checkpoints are of one epoch and size and differ in the root; or Proof leads to the root of Second
// and shows that Second's log had, at First's size, another root than First states; or Second is the
// statement that began the next epoch and names another root for First's size.
//
// It fails as [ParseCheckpoint] does if f is not even two checkpoints of the member.
func (f Fork) Judge(roster Roster) (bool, error) {
	a, err := ParseCheckpoint(f.First, roster)
	if err != nil {
		return false, err
	}
	if begun, err := ParseBeginning(f.Second, roster); err == nil {
		return f.Member == a.Member && begun.denies(a), nil
	}
	b, err := ParseCheckpoint(f.Second, roster)
	if err != nil {
		return false, err
	}
	if a.Member != f.Member || b.Member != f.Member {
		return false, fault.New(fault.Invalid, "audit.member.other")
	}
	if a.Epoch != b.Epoch {
		return false, nil
	}
	if a.Size == b.Size {
		return a.Root != b.Root, nil
	}
	var lines []string
	if f.Proof != "" {
		lines = strings.Split(strings.TrimSuffix(f.Proof, "\n"), "\n")
	}
	proof, err := parseHashes(lines)
	if err != nil {
		return false, err
	}
	return contradicts(proof, a, b), nil
}

// contradicts reports whether proof shows, by the root that b's member signed, that the log of b did not
// begin with the log of a. If a's size is a power of two, a proof holds nothing that could show it.
func contradicts(proof tlog.TreeProof, a, b State) bool {
	if a.Size >= b.Size || a.Size < 1 || a.Size&(a.Size-1) == 0 {
		return false
	}
	was, is, ok := runProof(proof, a.Size, b.Size)
	return ok && is == b.Root && was != a.Root
}

// runProof computes the two roots that a consistency proof leads to, for an old size that is no power of
// two (RFC 9162, section 2.1.4.2).
func runProof(proof tlog.TreeProof, old, size int64) (was, is tlog.Hash, ok bool) {
	if len(proof) == 0 {
		return was, is, false
	}
	fn, sn := old-1, size-1
	for fn&1 == 1 {
		fn, sn = fn>>1, sn>>1
	}
	was, is = proof[0], proof[0]
	for _, h := range proof[1:] {
		if sn == 0 {
			return was, is, false
		}
		if fn&1 == 1 || fn == sn {
			was, is = tlog.NodeHash(h, was), tlog.NodeHash(h, is)
			for fn&1 == 0 && fn != 0 {
				fn, sn = fn>>1, sn>>1
			}
		} else {
			is = tlog.NodeHash(is, h)
		}
		fn, sn = fn>>1, sn>>1
	}
	return was, is, sn == 0
}

// Verdict is how a witness judged a checkpoint.
type Verdict string

// The verdicts. All but Cosigned leave what the witness knows of the log as it was.
const (
	Cosigned    Verdict = "cosigned"    // consistent with all before; Answer.Lines holds the cosignature
	Settled     Verdict = "settled"     // an earlier demand is met; or the checkpoint was proven before
	OtherSize   Verdict = "other-size"  // ask again from Answer.Size (409 in tlog-witness)
	Unproven    Verdict = "unproven"    // the proof does not fit, or there is none yet: a proof is demanded
	Unannounced Verdict = "unannounced" // of an epoch that was not announced, or of one that is over
	Forked      Verdict = "forked"      // evidence was kept: see Answer.Fork
)

// Answer is what a witness says to a checkpoint. What it kept must be committed whatever the verdict.
type Answer struct {
	Verdict Verdict
	Lines   string // signature lines, as in tlog-witness
	Size    int64  // of the last checkpoint accepted
	Fork    *Fork  // to be published to all members
}

// Witness watches the logs of other members.
type Witness struct {
	Member id.Member
	Key    crypto.Signer // Ed25519, the node's witness key
	Roster Roster
	Now    func() time.Time
}

// Add judges a request (c2sp.org/tlog-witness, add-checkpoint) that came from a member, and cosigns
// its checkpoint if the log only grew.
//
// It fails with [fault.Invalid] or [fault.TooLarge] if text has not the form, with [fault.Denied] if
// the checkpoint is not of that member or not signed by her, with [fault.NotFound] if the roster does not
// list her, and as tx fails. Nothing is then kept. Every other refusal is a verdict.
func (w Witness) Add(ctx context.Context, tx WitnessTx, from id.Member, text string) (Answer, error) {
	r, err := ParseRequest(text)
	if err != nil {
		return Answer{}, err
	}
	s, err := w.read(from, r.Note)
	if err != nil {
		return Answer{}, err
	}
	if r.Old > s.Size || len(r.Proof) > 0 && (r.Old == 0 || r.Old == s.Size) {
		return Answer{}, fault.New(fault.Invalid, "audit.request.form")
	}
	o, err := tx.AuditObserved(ctx, from)
	if err != nil {
		return Answer{}, err
	}
	if fork, err := w.keep(ctx, tx, o, s, r.Note); err != nil || fork != nil {
		return Answer{Verdict: Forked, Size: o.Size, Fork: fork}, err
	}
	if o.Epoch == 0 {
		o = Observed{Member: from, Epoch: s.Epoch}
	}
	if s.Epoch != o.Epoch {
		return Answer{Verdict: Unannounced, Size: o.Size}, nil
	}
	if r.Old != o.Size {
		return Answer{Verdict: OtherSize, Size: o.Size}, nil
	}
	if o.Size > 0 {
		was := State{from, o.Epoch, o.Size, tlog.Hash(o.Hash)}
		if a, err := w.weigh(ctx, tx, r, was, o.Note, s); err != nil || a.Verdict != Settled {
			a.Size = o.Size
			return a, err
		}
	}
	body, _, _ := cutNote(r.Note)
	now := frame.At(w.Now())
	lines, err := cosignText(body, w.Member, w.Key, now)
	if err != nil {
		return Answer{}, err
	}
	if err := w.prove(ctx, tx, s, r.Note); err != nil {
		return Answer{}, err
	}
	o = Observed{Member: from, Epoch: s.Epoch, Size: s.Size, Hash: s.Root[:], Note: r.Note, Time: now}
	if err := tx.SetAuditObserved(ctx, o); err != nil {
		return Answer{}, err
	}
	return Answer{Verdict: Cosigned, Lines: lines, Size: s.Size}, nil
}

// Known reports whether exactly this checkpoint of a member was verified and kept before. It verifies nothing: what is
// not known may be anything.
//
// It fails as tx does.
func Known(ctx context.Context, tx WitnessTx, from id.Member, checkpoint string) (bool, error) {
	body, _, ok := cutNote(checkpoint)
	if !ok {
		return false, nil
	}
	s, err := parseState(body)
	if err != nil || s.Member != from {
		return false, nil
	}
	seen, err := tx.AuditSeen(ctx, from, s.At())
	return err == nil && seen.Note == checkpoint, err
}

// See takes note of a checkpoint that came with an envelope of a member. An older one than the last is
// normal; each must be proven within [ProofWithin] to belong to the same log.
//
// It fails as [Witness.Add] does.
func (w Witness) See(ctx context.Context, tx WitnessTx, from id.Member, checkpoint string) (Answer, error) {
	s, err := w.read(from, checkpoint)
	if err != nil {
		return Answer{}, err
	}
	o, err := tx.AuditObserved(ctx, from)
	if err != nil {
		return Answer{}, err
	}
	if fork, err := w.keep(ctx, tx, o, s, checkpoint); err != nil || fork != nil {
		return Answer{Verdict: Forked, Size: o.Size, Fork: fork}, err
	}
	seen, err := tx.AuditSeen(ctx, from, s.At())
	if err != nil {
		return Answer{}, err
	}
	if seen.Proven {
		return Answer{Verdict: Settled, Size: o.Size}, nil
	}
	return Answer{Verdict: Unproven, Size: o.Size}, nil
}

// Settle reads a proof that was demanded: a request whose old size is that of one checkpoint seen, and
// whose checkpoint is another, where one of both is proven already. Both are then.
//
// It fails as [Witness.Add] does, and with [fault.NotFound] if no checkpoint of the old size was seen or
// neither is proven.
func (w Witness) Settle(ctx context.Context, tx WitnessTx, from id.Member, text string) (Answer, error) {
	r, err := ParseRequest(text)
	if err != nil {
		return Answer{}, err
	}
	s, err := w.read(from, r.Note)
	if err != nil {
		return Answer{}, err
	}
	if r.Old < 1 || r.Old > s.Size {
		return Answer{}, fault.New(fault.Invalid, "audit.request.form")
	}
	o, err := tx.AuditObserved(ctx, from)
	if err != nil {
		return Answer{}, err
	}
	if fork, err := w.keep(ctx, tx, o, s, r.Note); err != nil || fork != nil {
		return Answer{Verdict: Forked, Size: o.Size, Fork: fork}, err
	}
	older, err := tx.AuditSeen(ctx, from, At(s.Epoch, r.Old))
	if err != nil {
		return Answer{}, err
	}
	newer, err := tx.AuditSeen(ctx, from, s.At())
	if err != nil {
		return Answer{}, err
	}
	if older.Note == "" || !older.Proven && !newer.Proven {
		return Answer{}, fault.New(fault.NotFound, "audit.witness.not-demanded")
	}
	was, err := stateOf(older.Note)
	if err != nil {
		return Answer{}, err
	}
	a, err := w.weigh(ctx, tx, r, was, older.Note, s)
	a.Size = o.Size
	if err != nil || a.Verdict != Settled {
		return a, err
	}
	if err := w.prove(ctx, tx, was, older.Note); err != nil {
		return Answer{}, err
	}
	return a, w.prove(ctx, tx, s, r.Note)
}

// Demand is a checkpoint of a member for which a proof is wanted.
type Demand struct {
	At      Place
	Since   frame.Time
	Overdue bool // longer than ProofWithin: to be published to all members
	Note    string
}

// Demands returns what a member has to prove, longest waiting first, at most a hundred.
//
// It fails as tx does.
func (w Witness) Demands(ctx context.Context, tx WitnessTx, member id.Member) ([]Demand, error) {
	seen, err := tx.AuditUnproven(ctx, member, maxDemands)
	if err != nil {
		return nil, err
	}
	now := frame.At(w.Now())
	out := make([]Demand, len(seen))
	for i, s := range seen {
		out[i] = Demand{At: s.At, Since: s.Time, Overdue: now.Sub(s.Time) > ProofWithin, Note: s.Note}
	}
	return out, nil
}

// read parses a checkpoint that must be of another member, from.
func (w Witness) read(from id.Member, checkpoint string) (State, error) {
	s, err := ParseCheckpoint(checkpoint, w.Roster)
	if err != nil {
		return State{}, err
	}
	if s.Member != from || from == w.Member {
		return State{}, fault.New(fault.Denied, "audit.member.other")
	}
	return s, nil
}

// keep remembers a checkpoint, and returns evidence if another of the same place is known.
func (w Witness) keep(ctx context.Context, tx WitnessTx, o Observed, s State, checkpoint string) (*Fork, error) {
	known, err := tx.AuditSeen(ctx, s.Member, s.At())
	if err != nil {
		return nil, err
	}
	if known.Note == "" && o.Size > 0 && At(o.Epoch, o.Size) == s.At() {
		known = Seen{Member: s.Member, At: s.At(), Note: o.Note, Proven: true}
	}
	if known.Note == "" {
		return nil, tx.SetAuditSeen(ctx, Seen{Member: s.Member, At: s.At(), Note: checkpoint, Time: frame.At(w.Now())})
	}
	was, err := stateOf(known.Note)
	if err != nil || was == s {
		return nil, err
	}
	return keepFork(ctx, tx, Fork{Member: s.Member, First: known.Note, Second: checkpoint})
}

// weigh checks the proof of r from was, which is known, to s.
func (w Witness) weigh(ctx context.Context, tx WitnessTx, r Request, was State, wasNote string, s State) (Answer, error) {
	if was == s || was.Size < s.Size && tlog.CheckTree(r.Proof, s.Size, s.Root, was.Size, was.Root) == nil {
		return Answer{Verdict: Settled}, nil
	}
	if !contradicts(r.Proof, was, s) {
		return Answer{Verdict: Unproven}, nil
	}
	f, err := keepFork(ctx, tx, Fork{Member: s.Member, First: wasNote, Second: r.Note, Proof: formatHashes(r.Proof)})
	return Answer{Verdict: Forked, Fork: f}, err
}

// prove marks a checkpoint as proven.
func (w Witness) prove(ctx context.Context, tx WitnessTx, s State, checkpoint string) error {
	known, err := tx.AuditSeen(ctx, s.Member, s.At())
	if err != nil || known.Proven {
		return err
	}
	if known.Note == "" {
		known = Seen{Member: s.Member, At: s.At(), Note: checkpoint, Time: frame.At(w.Now())}
	}
	known.Proven = true
	return tx.SetAuditSeen(ctx, known)
}

// stateOf reads a checkpoint whose signature was checked before it was kept.
func stateOf(checkpoint string) (State, error) {
	body, _, ok := cutNote(checkpoint)
	if !ok {
		return State{}, fault.New(fault.Internal, "audit.seen.damaged")
	}
	s, err := parseState(body)
	if err != nil {
		return State{}, fault.Wrap(fault.Internal, "audit.seen.damaged", err)
	}
	return s, nil
}

// Witnessed reports whether a checkpoint with these cosignatures is witnessed, in a network with that
// many members besides our own: by three of them, or by all if they are fewer.
func Witnessed(own id.Member, cosignatures []Cosignature, others int) bool {
	by := make(map[id.Member]bool, len(cosignatures))
	for _, c := range cosignatures {
		if c.Member != own {
			by[c.Member] = true
		}
	}
	return len(by) >= min(Quorum, others)
}

// Alone returns for how long the log has gone without a witnessed checkpoint, and whether the
// coordinator must be warned. last is the time of the last witnessed checkpoint, or of the first entry
// if none was; 0 means that there is nothing to witness.
func Alone(last, now frame.Time, others int) (time.Duration, bool) {
	if last == 0 || others == 0 {
		return 0, false
	}
	d := max(0, now.Sub(last))
	return d, d > WarnAfter
}
