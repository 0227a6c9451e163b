package consent

import (
	"slices"
	"strings"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/seal"
)

// RecordForm names the form of a consent record (spec/consent.md, section 2).
const RecordForm = "opentrm/consent/1"

// Kind is the kind of the sealed record that holds a consent.
const Kind = "consent"

// MaxRecord is the length in bytes up to which a record is kept.
const MaxRecord = 64 << 10

// How a consent was given.
const (
	Written = "written"
	Oral    = "oral"
)

// Who gave it.
const (
	ByHerself   = "herself"
	ByGuardian  = "guardian"
	ByAuthority = "authority" // child protection or a court, where there is no guardian
)

// Guardian is who consents for a child.
type Guardian struct {
	Name      string `json:"name"`
	Relation  string `json:"relation"`
	Authority string `json:"authority"` // who appointed or confirmed the guardian
	Document  string `json:"document"`
}

// Withheld is a category that she does not wish to share, and why.
type Withheld struct {
	Category Code   `json:"category"`
	Reason   string `json:"reason"` // code, one of [WithheldReasons]
	Note     string `json:"note"`
}

// NotSaid is the reason of whoever gives none, and owes none.
const NotSaid = "not-said"

// WithheldReasons returns the codes of why she does not wish to share something, in the order in which they are asked.
func WithheldReasons() []string {
	return []string{"fear-of-harm", "private", "no-trust", "not-needed", NotSaid}
}

// Explained is what was explained to her before she decided.
type Explained struct {
	Purpose    bool `json:"purpose"`
	Recipients bool `json:"recipients"`
	Risks      bool `json:"risks"`
	Adequacy   bool `json:"adequacy"`   // that protection may be weaker where the data go
	Withdrawal bool `json:"withdrawal"` // that she can withdraw at any time, how, and that services go on
	Retention  bool `json:"retention"`
	Access     bool `json:"access"` // that she can see and correct what is kept
}

// Record is what was agreed, as its taker signs it (spec/consent.md). It is sealed.
type Record struct {
	Form          string          `json:"form"`
	Consent       id.Consent      `json:"consent"`
	Person        id.Person       `json:"person"`
	GivenBy       string          `json:"given_by"`
	AgeClass      person.AgeClass `json:"age_class"`
	Guardian      Guardian        `json:"guardian"`
	Assent        bool            `json:"assent"`         // of the child
	BestInterests string          `json:"best_interests"` // note, for a child
	Capable       bool            `json:"capable"`        // she understood and could decide freely
	Purposes      []Purpose       `json:"purposes"`
	Recipients    []id.Address    `json:"recipients"`
	Categories    []Code          `json:"categories"`
	Withheld      []Withheld      `json:"withheld"`
	Explained     Explained       `json:"explained"`
	Language      string          `json:"language"` // of the conversation, BCP 47
	TextVersion   int64           `json:"text_version"`
	Interpreter   string          `json:"interpreter"` // name; empty: none
	// TextDigest names the words that she was read, and TextReviewed says whether a native reader had reviewed them by then. Empty: there
	// is no text in that language, or the record is of before 1.2.0.
	TextDigest   string     `json:"text_digest,omitempty"`
	TextReviewed bool       `json:"text_reviewed,omitempty"`
	ReadBack     bool       `json:"read_back"` // the words were read back and she repeated them in her own
	How          string     `json:"how"`
	Witness      string     `json:"witness"` // of an oral consent
	SafeWay      string     `json:"safe_way"`
	ValidFrom    frame.Time `json:"valid_from"`
	ValidTo      frame.Time `json:"valid_to"`
	ObtainedBy   id.User    `json:"obtained_by"`
	ObtainedAt   frame.Time `json:"obtained_at"`
	Desk         id.Desk    `json:"desk"`
}

// SignedRecord is a record with the signature of the person who took it.
type SignedRecord struct {
	Record    Record          `json:"record"`
	Signer    seal.SignPublic `json:"signer"`
	Signature seal.Signature  `json:"signature"`
}

const (
	maxList = 64
	maxText = 200
	maxNote = 4000
)

func bad(field string) error { return fault.New(fault.Invalid, "consent.field").With("field", field) }

// Check reports whether r is a consent that counts.
//
// It fails with [fault.Invalid]: "consent.field" with the field that is wrong; "consent.child" if she is
// or may be a child and the guardian or authority, her assent or the note on her best interests is
// missing; "consent.language" if the words in her language were not reviewed and neither an interpreter
// helped nor were they read back; "consent.unreviewed" if the record says which words they were and not both was done; "consent.explain" if something was not explained; "consent.free" if
// she could not decide freely; "consent.oral" if an oral consent has no witness.
func (r Record) Check() error {
	d, err := Shipped()
	if err != nil {
		return err
	}
	if err := r.checkForm(d); err != nil {
		return err
	}
	if !r.Capable {
		return fault.New(fault.Invalid, "consent.free")
	}
	if err := r.checkChild(); err != nil {
		return err
	}
	if err := r.checkWords(d); err != nil {
		return err
	}
	if (r.Explained != Explained{true, true, true, true, true, true, true}) {
		return fault.New(fault.Invalid, "consent.explain")
	}
	if r.How == Oral && r.Witness == "" {
		return fault.New(fault.Invalid, "consent.oral")
	}
	return nil
}

// checkWords holds the words against how far they could be trusted. What a record of before 1.2.0 says is not asked of it afterwards, and
// a review that lapses later changes nothing in what was agreed.
func (r Record) checkWords(d Data) error {
	switch {
	case r.TextDigest == "" && r.TextReviewed, r.TextDigest != "" && !isDigest(r.TextDigest):
		return bad("text_digest")
	case r.TextDigest != "" && !r.understood():
		return fault.New(fault.Invalid, "consent.unreviewed")
	case r.TextDigest == "" && !d.Reviewed(r.Language) && r.Interpreter == "" && !r.ReadBack:
		return fault.New(fault.Invalid, "consent.language")
	}
	return nil
}

// understood reports whether she can have understood words that nobody has reviewed: a named interpreter said them, and they were read
// back.
func (r Record) understood() bool { return r.TextReviewed || r.Interpreter != "" && r.ReadBack }

func isDigest(s string) bool {
	return len(s) == 64 && strings.Trim(s, "0123456789abcdef") == ""
}

func (r Record) checkForm(d Data) error {
	if _, err := id.ParseRandom[id.Consent](string(r.Consent)); err != nil {
		return bad("consent")
	}
	span := r.ValidTo.Sub(r.ValidFrom)
	switch {
	case r.Form != RecordForm:
		return bad("form")
	case r.Person == "" || r.ObtainedBy == "" || r.Desk == "":
		return bad("obtained_by")
	case !slices.Contains([]person.AgeClass{person.Child, person.Adult, person.AgeUnknown}, r.AgeClass):
		return bad("age_class")
	case !sortedCodes(r.Purposes) || len(r.Purposes) == 0 || slices.ContainsFunc(r.Purposes, func(p Purpose) bool { return !slices.Contains(Purposes(), p) }):
		return bad("purposes")
	case !sortedAddresses(r.Recipients) || len(r.Recipients) == 0 && (slices.Contains(r.Purposes, ForReferral) || slices.Contains(r.Purposes, ForOnward)):
		return bad("recipients")
	case r.Categories == nil || !known(r.Categories) || len(r.Recipients) > 0 && len(r.Categories) == 0:
		return bad("categories")
	case r.Withheld == nil || len(r.Withheld) > maxList:
		return bad("withheld")
	case !person.Tag(r.Language):
		return bad("language")
	case r.TextVersion < 0:
		return bad("text_version")
	case r.How != Written && r.How != Oral:
		return bad("how")
	case r.ObtainedAt <= 0 || r.ValidFrom < r.ObtainedAt:
		return bad("valid_from")
	case span <= 0 || span > days(d.LongestDays):
		return bad("valid_to")
	}
	for _, w := range r.Withheld {
		if !known([]Code{w.Category}) || slices.Contains(r.Categories, w.Category) || !person.Text(w.Note, maxNote) ||
			!slices.Contains(WithheldReasons(), w.Reason) {
			return bad("withheld")
		}
	}
	for field, text := range map[string]string{
		"guardian":    r.Guardian.Name + r.Guardian.Relation + r.Guardian.Authority + r.Guardian.Document,
		"interpreter": r.Interpreter, "witness": r.Witness, "safe_way": r.SafeWay,
	} {
		if !person.Text(text, 4*maxText) {
			return bad(field)
		}
	}
	if !person.Text(r.BestInterests, maxNote) {
		return bad("best_interests")
	}
	return nil
}

func (r Record) checkChild() error {
	byOther := r.GivenBy == ByGuardian && r.Guardian.Name != "" || r.GivenBy == ByAuthority && r.Guardian.Authority != ""
	switch {
	case r.GivenBy != ByHerself && r.GivenBy != ByGuardian && r.GivenBy != ByAuthority:
		return bad("given_by")
	case person.ChildPath(r.AgeClass) && (!byOther || !r.Assent || r.BestInterests == ""):
		return fault.New(fault.Invalid, "consent.child")
	case r.GivenBy != ByHerself && !byOther:
		return bad("guardian")
	}
	return nil
}

func sortedAddresses(all []id.Address) bool {
	if all == nil || len(all) > maxList {
		return false
	}
	for i, a := range all {
		if _, err := id.ParseAddress(a.String()); err != nil || i > 0 && all[i-1].String() >= a.String() {
			return false
		}
	}
	return true
}

// Encode returns the canonical bytes of a record.
//
// It fails as [Record.Check].
func (r Record) Encode() ([]byte, error) {
	if err := r.Check(); err != nil {
		return nil, err
	}
	return frame.Encode(r)
}

// ParseRecord reads a signed record as it is kept, and verifies its signature.
//
// It fails with [fault.TooLarge] over [MaxRecord], and with [fault.Invalid] for another form or if the
// signature is not the signer's.
func ParseRecord(b []byte) (SignedRecord, error) {
	var s SignedRecord
	if err := frame.Decode(b, MaxRecord, &s); err != nil {
		return SignedRecord{}, err
	}
	msg, err := s.Record.Encode()
	if err != nil {
		return SignedRecord{}, err
	}
	if err := s.Signer.Verify(seal.DomainConsent, msg, s.Signature); err != nil {
		return SignedRecord{}, fault.Wrap(fault.Invalid, "consent.signature", err)
	}
	return s, nil
}
