package lookup

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/veil"
)

// The steps of a question, as its envelopes name them.
const (
	stepQuery   = "query"   // to a holder: make something of what is hidden
	stepAnswer  = "answer"  // from her
	stepRefused = "refused" // from her: a quota is used up, or the secret is another by now
	stepAsk     = "ask"     // to a member: whom do these tags fit?
	stepSpoken  = "spoken"  // from one whose people speak: in that thread
	stepDemand  = "demand"  // from a holder: show that this query was about somebody of a file of yours
	stepOpened  = "opened"  // to her: what came of it
)

// The reasons of a holder.
const (
	refusedEpoch = "epoch"
	refusedShare = "share" // she has none
)

// asked is the body of a control of kind question: spec/veil-lookup.md 5.6.
type asked struct {
	Step     string       `json:"step"`
	Question id.Lookup    `json:"question"`
	Class    Class        `json:"class"`   // of a query; else empty
	Officer  string       `json:"officer"` // of a query and of what is put to a member; else empty
	About    string       `json:"about"`   // of what is put to a member, as the five below; else empty
	Purpose  string       `json:"purpose"`
	Basis    string       `json:"basis"`
	Realm    access.Realm `json:"realm"`
	Desk     id.Desk      `json:"desk"`
	Epoch    int64        `json:"epoch"`
	Thread   id.Thread    `json:"thread"` // of what is spoken; else empty
	Code     string       `json:"code"`   // of a refusal, and of what was opened; else empty
	Data     seal.Blob    `json:"data"`   // query, answer, tags, digest of a query; else empty
}

// parseAsked reads the body of a control strictly.
//
// It fails with [fault.Invalid].
func parseAsked(c envelope.Control) (asked, error) {
	var b asked
	if err := c.DecodeBody(&b); err != nil {
		return asked{}, err
	}
	if _, err := id.ParseRandom[id.Lookup](string(b.Question)); err != nil {
		return asked{}, envelope.WrongBody("question")
	}
	for _, f := range b.fields() {
		if f.there != slices.Contains(f.steps, b.Step) {
			return asked{}, envelope.WrongBody(f.name)
		}
	}
	return b, b.check()
}

type askedField struct {
	name  string
	there bool
	steps []string
}

// fields says which step has which field.
func (b *asked) fields() []askedField {
	return []askedField{
		{"step", true, []string{stepQuery, stepAnswer, stepRefused, stepAsk, stepSpoken, stepDemand, stepOpened}},
		{"class", b.Class != "", []string{stepQuery}},
		{"officer", b.Officer != "", []string{stepQuery, stepAsk}},
		{"about", b.About != "", []string{stepAsk}},
		{"purpose", b.Purpose != "", []string{stepAsk}},
		{"basis", b.Basis != "", []string{stepAsk}},
		{"realm", b.Realm != "", []string{stepAsk}},
		{"desk", b.Desk != "", []string{stepAsk}},
		{"epoch", b.Epoch != 0, []string{stepAsk}},
		{"thread", b.Thread != "", []string{stepSpoken}},
		{"code", b.Code != "", []string{stepRefused, stepOpened}},
		{"data", len(b.Data) > 0, []string{stepQuery, stepAnswer, stepAsk, stepDemand, stepOpened}},
	}
}

// mostQuery bounds a query or an answer: [veil.MostBlinded] points and what stands before and after them.
const mostQuery = veil.MostBlinded*32 + 200

func (b *asked) check() error {
	switch {
	case b.Class != "" && b.Class != Asking && b.Class != Enrolling:
		return envelope.WrongBody("class")
	case b.Officer != "" && !isHex(b.Officer, 32):
		return envelope.WrongBody("officer")
	case b.About != "" && b.About != AboutPerson && !slices.Contains(veil.ThingTemplates(), veil.Template(b.About)):
		return envelope.WrongBody("about")
	case b.Purpose != "" && !envelope.IsCode(b.Purpose):
		return envelope.WrongBody("purpose")
	case b.Basis != "" && !envelope.IsCode(b.Basis):
		return envelope.WrongBody("basis")
	case b.Realm != "" && b.Realm != access.Assistance && b.Realm != access.Prosecution:
		return envelope.WrongBody("realm")
	case b.Realm == access.Assistance && b.About != AboutPerson:
		return envelope.WrongBody("about")
	case b.Epoch < 0 || b.Epoch >= mostEpochs:
		return envelope.WrongBody("epoch")
	case b.Step == stepRefused && !slices.Contains([]string{"officer", "node", "holder", refusedEpoch, refusedShare}, b.Code),
		b.Step == stepOpened && !slices.Contains(findings(), Finding(b.Code)):
		return envelope.WrongBody("code")
	case (b.Step == stepDemand || b.Step == stepOpened) && len(b.Data) != sha256.Size:
		return envelope.WrongBody("data")
	case b.Step == stepAsk && len(b.Data) != veil.PersonKeys*veil.TagSize, len(b.Data) > mostQuery:
		return envelope.WrongBody("data")
	}
	if b.Desk != "" {
		if _, err := id.ParseDesk(string(b.Desk)); err != nil {
			return envelope.WrongBody("desk")
		}
	}
	if b.Thread != "" {
		if _, err := id.ParseRandom[id.Thread](string(b.Thread)); err != nil {
			return envelope.WrongBody("thread")
		}
	}
	return nil
}

func isHex(s string, n int) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(s) == n && hex.EncodeToString(b) == s
}

// officer returns the name by which others count what one person asks: her own for a month, and known to her member alone.
func officer(m id.Member, u id.User, now frame.Time) string {
	h := sha256.Sum256(frame.JoinText("opentrm/lookup-officer/1", string(m), string(u), now.Time().UTC().Format("2006-01")))
	return hex.EncodeToString(h[:16])
}

// tagsOf reads tags that travelled.
func tagsOf(data []byte) []veil.Tag {
	var out []veil.Tag
	for ; len(data) >= veil.TagSize; data = data[veil.TagSize:] {
		out = append(out, veil.Tag(data[:veil.TagSize]))
	}
	return out
}
