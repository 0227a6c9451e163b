package consent

import (
	"context"

	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// ReceiptSchema names the version of the receipt (spec/schema/consent-receipt.json).
const ReceiptSchema = "opentrm/consent-receipt/1"

// Receipt is what the person gets of her consent, in the shape of ISO/IEC TS 27560:2023: the record's
// processing, parties and events. It carries no name of hers, so that a paper that is found tells
// nothing about whom it belongs to. Whether it is safe for her to have a paper is for who hands it out to ask.
type Receipt struct {
	Schema     string     `json:"schema_version"`
	Receipt    id.Consent `json:"record_id"`
	Principal  string     `json:"pii_principal_id"` // the number on the paper, not her
	Processing Processing `json:"pii_processing"`
	Parties    []Party    `json:"party_identification"`
	Events     []Event    `json:"events"`
}

// Processing is what was agreed.
type Processing struct {
	Notice     string          `json:"privacy_notice"`         // message key of the text that she was read
	Version    int64           `json:"privacy_notice_version"` // of that text in her language; 0: there was none, it was interpreted
	Language   string          `json:"language"`
	Purposes   []PurposeClause `json:"purposes"`
	Withdrawal string          `json:"withdrawal_method"` // message key
	Rights     []string        `json:"privacy_rights"`    // message keys
}

// PurposeClause is one purpose.
type PurposeClause struct {
	Purpose    Purpose     `json:"purpose"`
	Lawful     string      `json:"lawful_basis"`
	Attributes []Attribute `json:"pii_information"`
	Recipients []string    `json:"recipient_third_parties"`
	Retention  frame.Time  `json:"retention_period"` // sharing ends here, microseconds UTC
}

// Attribute is one category of data.
type Attribute struct {
	Type      Code        `json:"pii_type"`
	Label     string      `json:"pii_label"` // message key
	Optional  bool        `json:"pii_optional"`
	Sensitive Sensitivity `json:"sensitive_pii_category"`
}

// Party is a desk, by address and role.
type Party struct {
	ID   string `json:"party_id"`
	Role string `json:"party_role"` // pii-controller, recipient
}

// Event is one thing that happened to the consent.
type Event struct {
	Time     frame.Time `json:"event_time"`
	Type     string     `json:"event_type"` // explicit-consent, withdrawn, expired
	State    State      `json:"state"`
	Validity frame.Time `json:"validity_end"`
}

// ReceiptOf makes the receipt of a consent as it stands now. It is pure.
func ReceiptOf(member id.Member, r Record, c Consent) Receipt {
	var attributes []Attribute
	for _, cat := range Categories() {
		for _, code := range c.Categories {
			if code == cat.Code {
				attributes = append(attributes, Attribute{cat.Code, cat.Label, true, cat.Sensitivity})
			}
		}
	}
	if attributes == nil {
		attributes = []Attribute{}
	}
	out := Receipt{
		Schema: ReceiptSchema, Receipt: c.ID, Principal: string(c.ID),
		Processing: Processing{
			Notice: "consent.notice", Version: r.TextVersion, Language: r.Language, Withdrawal: "consent.how-to-withdraw",
			Rights: []string{"consent.right.access", "consent.right.correct", "consent.right.complain"},
		},
		Parties: []Party{{id.Address{Member: member, Desk: r.Desk}.String(), "pii-controller"}},
		Events:  []Event{{c.Given, "explicit-consent", Given, c.ValidTo}},
	}
	names := []string{}
	for _, a := range c.Recipients {
		names = append(names, a.String())
		out.Parties = append(out.Parties, Party{a.String(), "recipient"})
	}
	for _, p := range c.Purposes {
		out.Processing.Purposes = append(out.Processing.Purposes, PurposeClause{p, "consent", attributes, names, c.ValidTo})
	}
	switch c.State {
	case Withdrawn:
		out.Events = append(out.Events, Event{c.Withdrawn, "withdrawn", Withdrawn, c.Withdrawn})
	case Expired:
		out.Events = append(out.Events, Event{c.ValidTo, "expired", Expired, c.ValidTo})
	case Given:
	}
	return out
}

// Encode returns the canonical bytes of the receipt.
//
// It fails as [frame.Encode].
func (r Receipt) Encode() ([]byte, error) { return frame.Encode(r) }

// Receipt opens the record of a consent and makes the receipt for the person.
//
// It fails as [Service.Show].
func (s *Service) Receipt(ctx context.Context, by keyring.Bearer, consent id.Consent) (Receipt, error) {
	signed, row, err := s.Show(ctx, by, consent)
	if err != nil {
		return Receipt{}, err
	}
	return ReceiptOf(s.Member, signed.Record, row), nil
}
