package consent

import (
	"slices"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
)

// ExtractForm names the form of an extract (spec/consent.md, section 3). It stands inside what is
// signed, so that an extract is never taken for a consent record.
const ExtractForm = "opentrm/consent-extract/1"

// Extract is what a receiver has to know of a consent: no name, no words.
type Extract struct {
	Form       string     `json:"form"`
	Consent    id.Consent `json:"consent"` // or the id of an override
	Issuer     id.Member  `json:"issuer"`  // whose node signs
	Recipient  id.Address `json:"recipient"`
	Purposes   []Purpose  `json:"purposes"`   // sorted
	Categories []Code     `json:"categories"` // sorted
	Basis      string     `json:"basis"`      // code: consent, vital-interests, legal-duty …
	ValidTo    frame.Time `json:"valid_to"`
	Onward     bool       `json:"onward"` // always false in this version
	Issued     frame.Time `json:"issued"`
}

// SignedExtract is an extract under the envelope signature key of the issuing node.
type SignedExtract struct {
	Extract
	Signature seal.Signature `json:"signature"`
}

// Check reports whether e could have been issued.
//
// It fails with [fault.Invalid] and the name of the field that is wrong.
func (e Extract) Check() error {
	bad := func(field string) error {
		return fault.New(fault.Invalid, "consent.extract.field").With("field", field)
	}
	if _, err := id.ParseRandom[id.Consent](string(e.Consent)); err != nil {
		return bad("consent")
	}
	if _, err := id.ParseMember(string(e.Issuer)); err != nil {
		return bad("issuer")
	}
	if _, err := id.ParseAddress(e.Recipient.String()); err != nil {
		return bad("recipient")
	}
	switch {
	case e.Form != ExtractForm:
		return bad("form")
	case len(e.Purposes) == 0 || !sortedCodes(e.Purposes):
		return bad("purposes")
	case len(e.Categories) == 0 || !sortedCodes(e.Categories):
		return bad("categories")
	case !isCode(e.Basis):
		return bad("basis")
	case e.Issued <= 0 || e.ValidTo <= e.Issued:
		return bad("valid_to")
	case e.Onward:
		return bad("onward")
	}
	return nil
}

func sortedCodes[T ~string](all []T) bool {
	for i, c := range all {
		if !isCode(string(c)) || i > 0 && all[i-1] >= c {
			return false
		}
	}
	return len(all) <= 64
}

// Sign signs e with the key of the node.
//
// It fails as [Extract.Check].
func (e Extract) Sign(sign func(seal.Domain, []byte) seal.Signature) (SignedExtract, error) {
	if err := e.Check(); err != nil {
		return SignedExtract{}, err
	}
	msg, err := frame.Encode(e)
	if err != nil {
		return SignedExtract{}, err
	}
	return SignedExtract{e, sign(seal.DomainConsent, msg)}, nil
}

// Verify reports whether the extract is genuine: signed by one of the issuer's envelope keys, for this
// recipient, and not over.
//
// It fails with [fault.Invalid] "consent.extract.signature", "consent.extract.recipient" or
// "consent.extract.over", and as [Extract.Check].
func (s SignedExtract) Verify(keys []seal.SignPublic, to id.Address, now frame.Time) error {
	if err := s.Check(); err != nil {
		return err
	}
	msg, err := frame.Encode(s.Extract)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(keys, func(k seal.SignPublic) bool { return k.Verify(seal.DomainConsent, msg, s.Signature) == nil }) {
		return fault.New(fault.Invalid, "consent.extract.signature")
	}
	if s.Recipient != to {
		return fault.New(fault.Invalid, "consent.extract.recipient")
	}
	if s.ValidTo <= now {
		return fault.New(fault.Invalid, "consent.extract.over")
	}
	return nil
}
