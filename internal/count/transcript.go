package count

import (
	"context"
	"encoding/hex"
	"errors"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/veil"
)

// MaxTranscript is how many bytes a transcript has at most.
const MaxTranscript = 1 << 30

const transcriptFormat = 1

// transcript is everything that was said in a run, and what it names where a member had it: spec/veil-count.md 12.
type transcript struct {
	Format int           `json:"v"`
	Sheet  seal.Blob     `json:"sheet"`
	Keys   []Keys        `json:"keys"`
	Said   []veil.Signed `json:"said"`
	Data   []seal.Blob   `json:"data"`
}

// Transcript returns everything that was said in a run that is over, with all data where this member was one of those that had it. Nothing in it is
// about anybody, and whoever has it can check it ([Verify]). That it was taken stands in the log.
//
// It fails with [fault.Denied] for whoever may not see runs, [fault.NotFound] if there is no such run, and [fault.Conflict] "count.going" if it is not
// over.
func (s *Service) Transcript(ctx context.Context, who access.Actor, run string) ([]byte, error) {
	if err := access.Check(who, access.ShowCount, resource()); err != nil {
		return nil, err
	}
	var out transcript
	err := s.Write(ctx, audit.Saw(who, access.ShowCount, run).For("transcript"), func(tx Tx) error {
		_, r, err := s.load(ctx, tx, run)
		if err != nil {
			return err
		}
		if r.End == Going {
			return fault.New(fault.Conflict, "count.going")
		}
		sheet, err := r.sheet()
		if err != nil {
			return err
		}
		out = transcript{Format: transcriptFormat, Sheet: r.Sheet, Keys: r.Keys, Data: []seal.Blob{}}
		if out.Said, err = tx.CountSaid(ctx, run); err != nil {
			return err
		}
		bytes, _, err := s.data(ctx, tx, veil.Gather(sheet, out.Said, r.of))
		if err != nil {
			return err
		}
		var digests []string
		for d := range bytes {
			digests = append(digests, d)
		}
		slices.Sort(digests)
		for _, d := range digests {
			out.Data = append(out.Data, bytes[d])
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return frame.Encode(out)
}

// Verdict is what a transcript shows.
type Verdict struct {
	Run        string           `json:"run"`
	Population string           `json:"population"`
	Proposer   id.Member        `json:"proposer"`
	Members    []Signer         `json:"members"`
	Mixers     []id.Member      `json:"mixers"`
	Tally      id.Member        `json:"tally,omitempty"`
	Step       string           `json:"step,omitempty"` // where it stands; empty: everything was said
	Waits      []id.Member      `json:"waits,omitempty"`
	Named      []veil.Named     `json:"named,omitempty"` // by the messages, or by the data
	Objections []veil.Objection `json:"objections,omitempty"`
	Declined   []id.Member      `json:"declined,omitempty"`
	Split      []veil.Named     `json:"split,omitempty"`
	Data       bool             `json:"data"` // everything that the messages name is there and was checked
	Result     *veil.Published  `json:"result,omitempty"`
}

// Signer is a member with the keys with which it signs, to be compared with the roster.
type Signer struct {
	Member id.Member `json:"member"`
	Keys   []id.Key  `json:"keys"`
}

// Good reports whether the run was whole and nobody broke it. Without the data it says that of the messages alone.
func (v *Verdict) Good() bool {
	return v.Step == "" && v.Result != nil && len(v.Named) == 0 && len(v.Objections) == 0 && len(v.Declined) == 0 && len(v.Split) == 0
}

// Verify checks a transcript, with no node and no network: signatures, commitments, the draw, and with the data every batch, every mix, every opening,
// and that the result is about the list that came out last. Whose the keys are, only the roster says.
//
// It fails with [fault.Invalid] or [fault.TooLarge] if b is no transcript; what it shows of a run that somebody broke is no failure.
func Verify(b []byte) (Verdict, error) {
	var t transcript
	if err := frame.Decode(b, MaxTranscript, &t); err != nil {
		return Verdict{}, err
	}
	sheet, err := veil.ParseSheet(t.Sheet)
	if err != nil {
		return Verdict{}, err
	}
	if t.Format != transcriptFormat {
		return Verdict{}, wrong("v")
	}
	r := Run{Keys: t.Keys}
	c := veil.Gather(sheet, t.Said, r.of)
	stage := c.Stage()
	roles, _ := c.Roles()
	v := Verdict{
		Run: sheet.Run, Population: sheet.Population, Proposer: sheet.Proposer, Members: []Signer{}, Mixers: append([]id.Member{}, roles.Mixers...), Tally: roles.Tally,
		Step: stage.Step, Waits: stage.Waits, Named: slices.Clone(c.Named), Objections: c.Objections, Declined: c.Declined, Split: c.Split,
	}
	for _, m := range sheet.Members {
		x := Signer{m, []id.Key{}}
		for _, k := range r.of(m) {
			x.Keys = append(x.Keys, k.ID())
		}
		v.Members = append(v.Members, x)
	}
	if m, ok := c.Said(veil.StepResult, roles.Tally); ok {
		v.Result = &m.Result.Published
	}
	data := map[string][]byte{}
	for _, d := range t.Data {
		data[digestOf(d)] = d
	}
	source := func(d *veil.Data) []byte { return data[hex.EncodeToString(d.Digest)] }
	var named *veil.Named
	switch err := c.Verify(source); {
	case err == nil:
		v.Data = true
	case errors.As(err, &named):
		if !slices.Contains(v.Named, *named) {
			v.Named = append(v.Named, *named)
		}
	}
	return v, nil
}
