package veil

import (
	"crypto/sha256"
	"slices"

	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
)

// MaxMessage is the most bytes of a message.
const MaxMessage = 4 << 10

// Message is what a member says to all others in one step of a run. It is small; what is large travels apart, to those
// who need it, and is named here by size and digest.
type Message struct {
	Sheet  seal.Blob `json:"sheet"`            // the digest of the run sheet
	From   id.Member `json:"from"`             // one of its members
	Step   string    `json:"step"`             // what is said
	Commit *Commit   `json:"commit,omitempty"` // in [StepCommit]
	Seed   seal.Blob `json:"seed,omitempty"`   // in [StepDraw] and [StepChallenge]
	Data   *Data     `json:"data,omitempty"`   // in [StepBatch], [StepMix] and [StepUncover]
	Result *Result   `json:"result,omitempty"` // in [StepResult]
	Heard  seal.Blob `json:"heard,omitempty"`  // in [StepDraw] and [StepChallenge]: of what was said before a seed is opened
	Object *Named    `json:"object,omitempty"` // in [SayObject]
}

// Commit is what a member binds itself to before anybody knows who will mix.
type Commit struct {
	Records   int       `json:"records"`   // the size of its batch
	Root      seal.Blob `json:"root"`      // of what it holds: [Held.Root]
	Key       seal.Blob `json:"key"`       // its part of the common key, should it be drawn
	Known     seal.Blob `json:"known"`     // the proof that it knows the private half
	Draw      seal.Blob `json:"draw"`      // the commitment to its first seed
	Challenge seal.Blob `json:"challenge"` // to its second
	Noise     seal.Blob `json:"noise"`     // to what the noise follows from, should it be the tally
	Recall    Recall    `json:"recall"`    // measured at home, in multiples of ten
}

// Data names bytes that travel apart.
type Data struct {
	Size   int       `json:"size"`
	Digest seal.Blob `json:"digest"` // SHA-256
}

// DataOf names b.
func DataOf(b []byte) *Data {
	h := sha256.Sum256(b)
	return &Data{len(b), h[:]}
}

// names reports whether d names b.
func (d *Data) names(b []byte) bool {
	h := sha256.Sum256(b)
	return d.Size == len(b) && seal.Same(d.Digest, h[:])
}

// Result is what the tally makes known.
type Result struct {
	Last      seal.Blob `json:"last"` // the digest of the list that it has counted
	Published Published `json:"published"`
}

// Encode returns the canonical form of m.
// It fails as [ParseMessage] does.
func (m *Message) Encode() ([]byte, error) {
	b, err := frame.Encode(m)
	if err != nil {
		return nil, err
	}
	_, err = ParseMessage(b)
	return b, err
}

// ParseMessage reads a message.
//
// It fails with [fault.TooLarge] beyond [MaxMessage], and with [fault.Invalid] if b is not the canonical form of a
// message, or the message does not hold what belongs to its step and nothing else.
func ParseMessage(b []byte) (Message, error) {
	var m Message
	if err := frame.Decode(b, MaxMessage, &m); err != nil {
		return Message{}, err
	}
	if _, err := id.ParseMember(string(m.From)); err != nil {
		return Message{}, err
	}
	if len(m.Sheet) != sha256.Size {
		return Message{}, malformed("sheet")
	}
	part := func(step ...string) bool { return slices.Contains(step, m.Step) }
	switch {
	case !part(StepJoin, StepCommit, StepDraw, StepBatch, StepMix, StepChallenge, StepUncover, StepResult, SayDecline, SayObject):
		return Message{}, malformed("step")
	case (m.Commit != nil) != part(StepCommit), (m.Data != nil) != part(StepBatch, StepMix, StepUncover), (m.Result != nil) != part(StepResult),
		(m.Object != nil) != part(SayObject):
		return Message{}, malformed("part")
	case (len(m.Heard) == sha256.Size) != part(StepDraw, StepChallenge), len(m.Heard) != 0 && len(m.Heard) != sha256.Size:
		return Message{}, malformed("heard")
	case (len(m.Seed) == SeedSize) != part(StepDraw, StepChallenge), len(m.Seed) != 0 && len(m.Seed) != SeedSize:
		return Message{}, malformed("seed")
	}
	switch {
	case m.Commit != nil:
		return m, m.Commit.check()
	case m.Data != nil && (m.Data.Size < 1 || len(m.Data.Digest) != sha256.Size):
		return Message{}, malformed("data")
	case m.Result != nil:
		return m, m.Result.check()
	case m.Object != nil:
		return m, m.Object.check()
	}
	return m, nil
}

// check returns [fault.Invalid] unless n is of a member, a step and something that one can be named for.
func (n *Named) check() error {
	if _, err := id.ParseMember(string(n.Member)); err != nil {
		return err
	}
	if !slices.Contains([]string{StepJoin, StepCommit, StepDraw, StepBatch, StepMix, StepChallenge, StepUncover, StepResult, SayDecline, SayObject}, n.Step) {
		return malformed("step")
	}
	if !slices.Contains([]string{Silent, Twofold, Changed, Unheld, Altered, Unasked, Wrong, Split, Withheld, Unfounded}, n.For) {
		return malformed("for")
	}
	return nil
}

func (c *Commit) check() error {
	for _, d := range []seal.Blob{c.Root, c.Draw, c.Challenge, c.Noise} {
		if len(d) != sha256.Size {
			return malformed("commitment")
		}
	}
	if c.Records < SmallBatch || c.Records > MaxBatch || c.Records&(c.Records-1) != 0 {
		return malformed("records")
	}
	if c.Recall.Found < 0 || c.Recall.Found > c.Recall.Of || c.Recall.Of > MaxBatch || c.Recall.Of%10 != 0 || c.Recall.Found%10 != 0 {
		return malformed("recall")
	}
	if _, err := ParsePoint(c.Key); err != nil {
		return err
	}
	_, err := ParseProof(c.Known)
	return err
}

func (r *Result) check() error {
	p := &r.Published
	number := func(n int64) bool { return n >= 0 && n < frame.MaxInt }
	plain := p.Publishable == (p.Why == "") && (p.Publishable || p.Why == WhySmall || p.Why == WhyWide)
	if len(r.Last) != sha256.Size || !plain || p.Publishable != (len(p.In) == bins) || !p.Publishable && (len(p.In) > 0 || p.Records != 0 || p.Persons != 0) {
		return malformed("result")
	}
	for _, n := range append([]int64{p.Records, p.Persons, p.Low, p.High, p.Recall.Found, p.Recall.Of}, p.In...) {
		if !number(n) && n != -1 {
			return malformed("result")
		}
	}
	return nil
}

// Signed is a message as it was signed by its member's node.
type Signed struct {
	Text      seal.Blob      `json:"text"`
	Signature seal.Signature `json:"signature"`
}

// Holds reports whether the key has signed it.
func (s *Signed) Holds(key seal.SignPublic) bool {
	return key.Verify(seal.DomainCount, s.Text, s.Signature) == nil
}

// Sign encodes and signs m.
// It fails as [Message.Encode] does.
func Sign(m *Message, key seal.SignPrivate) (Signed, error) {
	b, err := m.Encode()
	if err != nil {
		return Signed{}, err
	}
	return Signed{b, key.Sign(seal.DomainCount, b)}, nil
}

// Secret is what one member keeps of a run: 32 random bytes from which its seeds, its key and its way as a mixer
// follow. It opens no record; what does is a second secret ([Hold]), which is kept apart. Both are destroyed when the run is over.
type Secret []byte

// seed is the seed that follows for a step.
func (s Secret) seed(step string) []byte {
	return expand("opentrm/count/1 own seed", SeedSize, frame.Join(s, []byte(step)))
}

// noiseStep names the third commitment to a seed. It is no step: this seed is opened to whoever may recount, and to nobody else.
const noiseStep = "noise"

// known says whose key a proof of knowledge is about.
func known(sheet *Sheet, of id.Member) []byte {
	return frame.Join([]byte("opentrm/count/1 knows"), sheet.Hash(), []byte(of))
}

// Committing returns what a member says in [StepCommit].
// It fails as [Message.Encode] does.
func (s Secret) Committing(sheet *Sheet, of id.Member, held *Held, recall Recall) (Message, error) {
	y := MixerKey(s)
	key := MulBase(&y)
	proof, err := proveKnown(newStream("opentrm/count/1 nonce", s, known(sheet, of)), known(sheet, of), &y, &key)
	if err != nil {
		return Message{}, err
	}
	recall.Found, recall.Of = recall.Found/10*10, recall.Of/10*10
	return Message{Sheet: sheet.Hash(), From: of, Step: StepCommit, Commit: &Commit{
		Records: held.Cells.Records(), Root: held.Root(), Key: key.Bytes(), Known: proof.Append(nil), Recall: recall,
		Draw:      Committed(sheet, of, StepDraw, s.seed(StepDraw)),
		Challenge: Committed(sheet, of, StepChallenge, s.seed(StepChallenge)),
		Noise:     Committed(sheet, of, noiseStep, s.seed(noiseStep)),
	}}, nil
}

// Opening returns what a member says in [StepDraw] or [StepChallenge]: its seed, and what it had heard when it opened it.
//
// It fails with [fault.Unavailable] while not everything is there that belongs before it.
func (s Secret) Opening(r *Count, of id.Member, step string) (Message, error) {
	heard, ok := r.heard(step)
	if !ok {
		return Message{}, missing()
	}
	return Message{Sheet: r.Sheet.Hash(), From: of, Step: step, Seed: s.seed(step), Heard: heard}, nil
}
