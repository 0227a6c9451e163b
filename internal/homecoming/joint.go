package homecoming

import (
	"slices"
	"strings"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/seal"
)

// Level of a risk.
type Level string

// The levels.
const (
	Green Level = "green"
	Amber Level = "amber"
	Red   Level = "red" // she does not leave unless both desks accept what is done about it
)

// Risk is one risk of the return.
type Risk struct {
	Domain     string `json:"domain"`           // code of [casefile.ListDomain]
	Factor     string `json:"factor,omitempty"` // code of [casefile.ListFactor]; empty: the domain as a whole
	Level      Level  `json:"level"`
	Found      string `json:"found"`                // what was found, and from whom
	Mitigation string `json:"mitigation,omitempty"` // what is done about it
}

// Key names the risk within its assessment.
func (r Risk) Key() string { return r.Domain + "/" + r.Factor }

// AssessmentForm names the form of a joint assessment.
const AssessmentForm = "opentrm/return-risk/1"

// Assessment is what the two desks found.
type Assessment struct {
	Form       string     `json:"form"`
	Return     id.Return  `json:"return"`
	Case       id.Case    `json:"case,omitzero"` // empty where the other desk is another member's: the name of a case crosses no border
	To         string     `json:"to"`
	At         frame.Time `json:"at"`
	By         id.User    `json:"by"`
	Risks      []Risk     `json:"risks"`   // in the order of their keys
	Tracing    string     `json:"tracing"` // what was learnt of her family and surroundings, without endangering her
	Conclusion string     `json:"conclusion"`
	Language   string     `json:"language,omitzero"` // of the words, BCP 47; empty where the other desk is another member's: the question tells it (spec/joint.md 2)
}

// Signature is that of one of the two, over the whole assessment and what else stands here.
type Signature struct {
	By        id.User         `json:"by"`
	Member    id.Member       `json:"member,omitzero"` // whose desk it is; empty: that of the node that holds the case
	Desk      id.Desk         `json:"desk"`
	At        frame.Time      `json:"at"`
	Accepts   []string        `json:"accepts"` // keys of the red risks of which she accepts what is done about them, sorted
	Signer    seal.SignPublic `json:"signer"`
	Signature seal.Signature  `json:"signature"`
}

// Joint is an assessment with what was signed under it: one signature, or two.
type Joint struct {
	Assessment Assessment  `json:"assessment"`
	Signatures []Signature `json:"signatures"`
}

// Check reports whether the assessment can stand: every domain was looked at.
//
// It fails with [fault.Invalid]: "homecoming.field" and the field that is wrong, or "homecoming.domain" and the domain that nobody
// looked at.
func (a Assessment) Check() error {
	d, err := casefile.Shipped()
	if err != nil {
		return err
	}
	switch {
	case a.Form != AssessmentForm || a.Return == "" || a.By == "" || a.At <= 0 || !person.Country(a.To):
		return bad("return")
	case a.Risks == nil || len(a.Risks) > 64:
		return bad("risks")
	case !person.Text(a.Tracing, maxNote):
		return bad("tracing")
	case a.Language != "" && (a.Case == "" || !person.Tag(a.Language)):
		return bad("language")
	case a.Conclusion == "" || !person.Text(a.Conclusion, maxNote):
		return bad("conclusion")
	}
	for i, r := range a.Risks {
		switch {
		case !d.Has(casefile.ListDomain, r.Domain), r.Factor != "" && !d.Has(casefile.ListFactor, r.Factor),
			!slices.Contains([]Level{Green, Amber, Red}, r.Level), i > 0 && a.Risks[i-1].Key() >= r.Key(),
			r.Found == "" || !person.Text(r.Found, maxNote), !person.Text(r.Mitigation, maxNote):
			return bad("risks")
		}
	}
	for _, domain := range d.Codes(casefile.ListDomain) {
		if !slices.ContainsFunc(a.Risks, func(r Risk) bool { return r.Domain == domain }) {
			return fault.New(fault.Invalid, "homecoming.domain").With("domain", domain)
		}
	}
	return nil
}

// acceptable reports whether accepts are keys of red risks about which something is done, sorted.
func (a Assessment) acceptable(accepts []string) bool {
	for i, key := range accepts {
		at := slices.IndexFunc(a.Risks, func(r Risk) bool { return r.Key() == key })
		if at < 0 || a.Risks[at].Level != Red || strings.TrimSpace(a.Risks[at].Mitigation) == "" || i > 0 && accepts[i-1] >= key {
			return false
		}
	}
	return accepts != nil
}

// Check reports whether the assessment can stand and every signature holds: of two different people, at two desks, with two
// keys, over the same content.
//
// It fails with [fault.Invalid], as [Assessment.Check] and with "homecoming.signature".
func (x Joint) Check() error {
	if err := x.Assessment.Check(); err != nil {
		return err
	}
	wrong := fault.New(fault.Invalid, "homecoming.signature")
	if len(x.Signatures) < 1 || len(x.Signatures) > 2 || x.Signatures[0].By != x.Assessment.By {
		return wrong
	}
	for i, sig := range x.Signatures {
		if sig.By == "" || sig.Desk == "" || i == 0 && sig.Member != "" || sig.At < x.Assessment.At || !x.Assessment.acceptable(sig.Accepts) {
			return wrong
		}
		msg, err := x.message(sig)
		if err != nil {
			return err
		}
		if err := sig.Signer.Verify(seal.DomainAssessment, msg, sig.Signature); err != nil {
			return fault.Wrap(fault.Invalid, "homecoming.signature", err)
		}
		for _, other := range x.Signatures[:i] {
			if other.By == sig.By || other.Member == sig.Member && other.Desk == sig.Desk || other.Signer.ID() == sig.Signer.ID() {
				return wrong
			}
		}
	}
	return nil
}

// message is what is signed.
func (x Joint) message(sig Signature) ([]byte, error) {
	sig.Signature = seal.Signature{}
	return frame.Encode(Joint{x.Assessment, []Signature{sig}})
}

// Countersign adds the signature of a person of another member's desk, who accepts what is done about the red risks named.
//
// It fails with [fault.Invalid] naming the field if she accepts what is no red risk about which something is done, and as [Joint.Check];
// with [fault.Locked] if her keys are not open.
func (x Joint) Countersign(by keyring.Bearer, member id.Member, at frame.Time, accepts []string) (Joint, error) {
	x, err := x.sign(by, member, max(at, x.Assessment.At), accepts)
	if err == nil {
		err = x.Check()
	}
	return x, err
}

// sign adds a signature of the bearer. The member is empty at the node that holds the case.
func (x Joint) sign(by keyring.Bearer, member id.Member, at frame.Time, accepts []string) (Joint, error) {
	accepts = slices.Compact(slices.Sorted(slices.Values(accepts)))
	if accepts == nil {
		accepts = []string{}
	}
	sig := Signature{By: by.User, Member: member, Desk: by.Desk, At: at, Accepts: accepts}
	if !x.Assessment.acceptable(accepts) {
		return x, bad("accepts")
	}
	var err error
	if sig.Signer, err = by.Signer(); err != nil {
		return x, err
	}
	msg, err := x.message(sig)
	if err != nil {
		return x, err
	}
	if sig.Signature, err = by.Sign(seal.DomainAssessment, msg); err != nil {
		return x, err
	}
	x.Signatures = append(slices.Clone(x.Signatures), sig)
	return x, nil
}

// Unaccepted returns the keys of the red risks whose mitigation not both have accepted.
func (x Joint) Unaccepted() []string {
	var open []string
	for _, r := range x.Assessment.Risks {
		if r.Level != Red {
			continue
		}
		both := len(x.Signatures) == 2
		for _, sig := range x.Signatures {
			both = both && slices.Contains(sig.Accepts, r.Key())
		}
		if !both {
			open = append(open, r.Key())
		}
	}
	return open
}
