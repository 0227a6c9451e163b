package lookup

import (
	"encoding/hex"
	"slices"

	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/veil"
)

// step says what an envelope of the kind is for.
type step string

const (
	call  step = "call"  // a run begins: who takes part, for which epoch and round
	words step = "words" // what a member says, to whoever called
	page  step = "page"  // what all have said, from whoever called

	lost  step = "lost"  // a member lacks its share, or knows no secret
	knows step = "known" // what a member shares, to her
	mend  step = "mend"  // three members are asked for the share of whoever asks
	dealt step = "dealt" // what one of them has dealt
	deals step = "deals" // what all three have dealt, carried to each
	value step = "value" // what one of them tells whose share is mended
)

// body is the body of a control of the kind: spec/veil-lookup.md 5.5.
type body struct {
	Step    step        `json:"step"`
	Run     string      `json:"run"`     // 32 lower-case hexadecimal digits
	Epoch   int64       `json:"epoch"`   // of a call; else 0
	Round   int64       `json:"round"`   // of a call; else 0
	Members []id.Member `json:"members"` // of a call: at places 1, 2, …; else empty
	Data    seal.Blob   `json:"data"`    // of words and pages; else empty
}

// parseBody reads the body of a control strictly.
//
// It fails with [fault.Invalid].
func parseBody(c envelope.Control) (body, error) {
	var b body
	if err := c.DecodeBody(&b); err != nil {
		return body{}, err
	}
	if raw, err := hex.DecodeString(b.Run); err != nil || len(raw) != 16 || hex.EncodeToString(raw) != b.Run {
		return body{}, envelope.WrongBody("run")
	}
	switch b.Step {
	case call:
		return b, b.checkCall()
	case knows:
		return b, b.checkKnown()
	case mend, deals:
		return b, b.checkMend()
	case lost, dealt, words, page, value:
		switch {
		case b.Epoch != 0:
			return body{}, envelope.WrongBody("epoch")
		case b.Round != 0:
			return body{}, envelope.WrongBody("round")
		case b.Members == nil || len(b.Members) > 0:
			return body{}, envelope.WrongBody("members")
		case (len(b.Data) == 0) != (b.Step == lost):
			return body{}, envelope.WrongBody("data")
		}
		return b, nil
	}
	return body{}, envelope.WrongBody("step")
}

// mostEpochs bounds epochs and rounds: four bytes, and more than anybody will live to see.
const mostEpochs = 1 << 31

func (b body) checkCall() error {
	if len(b.Data) > 0 {
		return envelope.WrongBody("data")
	}
	return b.checkMembers(veil.FewestHolders, veil.MostHolders)
}

func (b body) checkKnown() error {
	if len(b.Data) == 0 {
		return envelope.WrongBody("data")
	}
	return b.checkMembers(veil.FewestHolders, veil.MostHolders)
}

func (b body) checkMend() error {
	if (len(b.Data) == 0) != (b.Step == mend) {
		return envelope.WrongBody("data")
	}
	return b.checkMembers(veil.Threshold, veil.Threshold)
}

func (b body) checkMembers(fewest, most int) error {
	switch {
	case b.Epoch < 1 || b.Epoch >= mostEpochs:
		return envelope.WrongBody("epoch")
	case b.Round < 0 || b.Round >= mostEpochs:
		return envelope.WrongBody("round")
	case len(b.Members) < fewest || len(b.Members) > most:
		return envelope.WrongBody("members")
	}
	for i, m := range b.Members {
		if _, err := id.ParseMember(string(m)); err != nil || slices.Contains(b.Members[:i], m) {
			return envelope.WrongBody("members")
		}
	}
	return nil
}

// run returns the run of a call.
func (b body) run() veil.Run {
	r := veil.Run{Epoch: uint32(b.Epoch), Round: uint32(b.Round)}
	raw, _ := hex.DecodeString(b.Run) // it was checked
	copy(r.ID[:], raw)
	for i := range b.Members {
		r.Holders = append(r.Holders, uint8(i+1))
	}
	return r
}
