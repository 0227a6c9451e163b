package subject

import (
	"context"
	_ "embed"
	"encoding/json"
	"maps"
	"slices"
	"sync"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/form"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/referral"
)

// Schema is the name and version of a copy as a file.
const Schema = "opentrm/copy/1"

// Service is the use-cases of the person concerned, as somebody at her desk carries them out.
type Service struct {
	Cases    *casefile.Service
	Persons  *person.Service
	Forms    *form.Service
	Consents *consent.Service
	Law      func() profile.Set
	// Limits returns when the use of a case was restricted, the earliest first; nil: never.
	Limits func(ctx context.Context, tx casefile.Tx, c id.Case) ([]Limited, error)
}

// Filled is a filled-in form as she may see it.
type Filled struct {
	Record    id.Record              `json:"record"`
	Form      string                 `json:"form"`
	Version   int64                  `json:"version"`
	Additions form.Edition           `json:"additions,omitzero"`
	At        frame.Time             `json:"at"`
	Corrects  id.Record              `json:"corrects,omitempty"`
	Replaced  bool                   `json:"replaced"` // something else was shown to be right
	Answers   map[string]form.Answer `json:"answers"`
	Words     bool                   `json:"words"` // there are words in it that somebody wrote
}

// Agreed is a consent of hers.
type Agreed struct {
	Consent    id.Consent        `json:"consent"`
	State      string            `json:"state"`
	Purposes   []consent.Purpose `json:"purposes"`
	Recipients []id.Address      `json:"recipients"`
	Categories []consent.Code    `json:"categories"`
	Given      frame.Time        `json:"given"`
	ValidTo    frame.Time        `json:"valid_to"`
	Withdrawn  frame.Time        `json:"withdrawn,omitempty"`
}

// Passed is what was sent to another desk, or came from there.
type Passed struct {
	Received bool       `json:"received"`
	Desk     id.Address `json:"desk"`
	Kind     string     `json:"kind"`
	Status   string     `json:"status"`
	Basis    string     `json:"basis"`
	Consent  id.Consent `json:"consent,omitempty"`
	Override bool       `json:"override,omitempty"` // without her consent, by the emergency path
	Made     frame.Time `json:"made"`
}

// Limited is a time in which what is kept of her was not to be used, because she asked.
type Limited struct {
	Ground  string     `json:"ground"` // code
	Placed  frame.Time `json:"placed"`
	Noticed frame.Time `json:"noticed,omitempty"` // when she was told that it is in force
	Notice  string     `json:"notice,omitempty"`  // code: how
	Told    frame.Time `json:"told,omitempty"`    // when she was told that it ends
	How     string     `json:"how,omitempty"`     // code
	Lifted  frame.Time `json:"lifted,omitempty"`
	Why     string     `json:"why,omitempty"` // code, once lifted
}

// Decided is a decision on her status.
type Decided struct {
	Record  id.Record `json:"record"`
	Status  string    `json:"status"`
	Body    string    `json:"body"`
	Name    string    `json:"name"`
	Country id.Member `json:"country"`
	Basis   string    `json:"basis"`
	Date    string    `json:"date"`
	Review  string    `json:"review,omitempty"`
	Grounds string    `json:"grounds,omitempty"`
}

// Rest is records that are kept and not in the copy.
type Rest struct {
	Kind  string `json:"kind"`
	Count int    `json:"count"`
}

// Copy is what is kept of her.
type Copy struct {
	Schema    string            `json:"schema"`
	Made      frame.Time        `json:"made"`
	Member    id.Member         `json:"member"`
	Desk      id.Desk           `json:"desk"`
	Reference id.Reference      `json:"reference"`
	State     string            `json:"state"`
	Opened    frame.Time        `json:"opened"`
	Closed    frame.Time        `json:"closed,omitempty"`
	AgeClass  string            `json:"age_class"`
	Asylum    bool              `json:"asylum"`
	Origins   []string          `json:"origins"`
	Status    string            `json:"status"`
	Who       *person.Person    `json:"who"` // without numbers and addresses; null: nobody was recorded
	Forms     []Filled          `json:"forms"`
	Decisions []Decided         `json:"decisions"`
	Consents  []Agreed          `json:"consents"`
	Passed    []Passed          `json:"passed"`
	Limits    []Limited         `json:"limits"`
	Openings  []casefile.Opened `json:"openings"`
	Requests  []Kept            `json:"requests"`
	Keeps     []profile.Kept    `json:"keeps"`
	Withheld  int               `json:"withheld"` // answers that are left out: they speak of others, or nobody read them for this copy
	Rest      []Rest            `json:"rest"`
}

//go:embed data/others.json
var embedded []byte

// others are questions whose answers speak of somebody else, by form.
var others = sync.OnceValues(func() (map[string][]string, error) {
	var file struct {
		Others map[string][]string `json:"others"`
		Origin profile.Origin      `json:"origin"`
	}
	if err := json.Unmarshal(embedded, &file); err != nil {
		return nil, fault.Wrap(fault.Internal, "subject.file", err)
	}
	return file.Others, nil
})

// passedTx is what has been sent, beside cases.
type passedTx interface {
	ReferralsOfCase(ctx context.Context, c id.Case) ([]referral.Row, error)
}

// Copy makes the copy. Read names the records whose words the case worker has read for it and that speak of nobody else. It is in
// the log as a reading with the purpose "copy".
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], [fault.NotFound] if the case is erased, and
// [fault.Locked] without keys.
func (s *Service) Copy(ctx context.Context, by keyring.Bearer, c id.Case, read []id.Record) (Copy, error) {
	out := Copy{
		Schema: Schema, Made: frame.At(s.Cases.Now()), Member: s.Cases.Member, Forms: []Filled{}, Decisions: []Decided{}, Consents: []Agreed{},
		Passed: []Passed{}, Limits: []Limited{}, Openings: []casefile.Opened{}, Requests: []Kept{}, Keeps: []profile.Kept{}, Rest: []Rest{},
	}
	kinds := map[string]int{}
	err := s.Cases.Look(ctx, by, c, "copy", func(tx casefile.Tx, k *keyring.Case, row casefile.Case) error {
		if _, err := person.MayIn(ctx, tx, by.Actor, access.CopyCase, c, frame.At(s.Cases.Now())); err != nil {
			return err
		}
		out.Desk, out.Reference, out.State, out.Opened, out.Closed = row.Desk, row.Reference, string(row.State), row.Opened, row.Closed
		out.AgeClass, out.Asylum, out.Origins, out.Status = string(row.AgeClass), row.Asylum, append([]string{}, row.Origins...), row.Status
		rows, err := tx.Rows(ctx, c, "")
		if err != nil {
			return err
		}
		for _, r := range rows {
			kinds[r.Kind]++
		}
		if out.Requests, err = requestsIn(ctx, tx, k); err != nil {
			return err
		}
		if s.Limits != nil {
			if out.Limits, err = s.Limits(ctx, tx, c); err != nil {
				return err
			}
		}
		sent, ok := tx.(passedTx)
		if !ok {
			return fault.New(fault.Internal, "subject.wiring")
		}
		return out.pass(ctx, sent, c)
	})
	if err != nil {
		return Copy{}, err
	}
	for _, part := range []func() error{
		func() error { return s.fileIn(ctx, by, c, read, &out) },
		func() error { return s.formsIn(ctx, by, c, read, &out) },
		func() error { return s.consentsIn(ctx, by, c, &out) },
		func() (err error) { out.Openings, err = s.Cases.Openings(ctx, by.Actor, c); return err },
		func() (err error) { out.Keeps, err = s.Law().Schedule(s.Cases.Member); return err },
	} {
		if err := part(); err != nil {
			return Copy{}, err
		}
	}
	out.rest(kinds)
	return out, nil
}

// pass takes up what was sent, and what came. A draft has not been sent.
func (out *Copy) pass(ctx context.Context, tx passedTx, c id.Case) error {
	all, err := tx.ReferralsOfCase(ctx, c)
	for _, r := range all {
		if r.Status == referral.Draft || r.Status == referral.Checked || r.Realm != access.Assistance {
			continue
		}
		out.Passed = append(out.Passed, Passed{
			Received: r.Side == referral.Receiver, Desk: r.Peer, Kind: string(r.Kind), Status: string(r.Status), Basis: string(r.Basis),
			Consent: r.Consent, Override: r.Override, Made: r.Made,
		})
	}
	return err
}

func (s *Service) fileIn(ctx context.Context, by keyring.Bearer, c id.Case, read []id.Record, out *Copy) error {
	f, err := s.Cases.Show(ctx, by, c)
	if err != nil {
		return err
	}
	if f.Who != nil {
		who := f.Who.Person
		who.Contacts, who.Photo = []person.Contact{}, "" // a paper that says how she is reached is a danger to her
		out.Who = &who
	}
	for _, d := range f.Decisions {
		x := Decided{
			Record: d.Record, Status: d.Value.Status, Body: d.Value.Body, Name: d.Value.Name, Country: d.Value.Country, Basis: d.Value.Basis,
			Date: d.Value.Date, Review: d.Value.Review,
		}
		switch {
		case slices.Contains(read, d.Record):
			x.Grounds = d.Value.Grounds
		case d.Value.Grounds != "":
			out.Withheld++
		}
		out.Decisions = append(out.Decisions, x)
	}
	return nil
}

func (s *Service) formsIn(ctx context.Context, by keyring.Bearer, c id.Case, read []id.Record, out *Copy) error {
	of, err := others()
	if err != nil {
		return err
	}
	all, _, err := s.Forms.List(ctx, by, c)
	if err != nil {
		return err
	}
	for _, e := range all {
		if !e.Finished {
			continue // nobody has said that it is so
		}
		opened, err := s.Forms.Read(ctx, by, c, e.Record)
		if fault.Is(err, fault.Conflict) {
			out.Withheld++ // its edition is not there
			continue
		}
		if err != nil {
			return err
		}
		x := Filled{
			Record: e.Record, Form: e.Form, Version: e.FormVersion, Additions: e.Additions, At: e.At, Corrects: e.Corrects,
			Replaced: e.CorrectedBy != "", Answers: map[string]form.Answer{},
		}
		if opened.Withheld {
			out.Withheld++
		}
		for _, part := range opened.Definition.Sections {
			for _, q := range part.Questions {
				a, there := opened.Answers[q.ID]
				_, given := a.Is()
				written := given && (q.Kind == form.Text || q.Kind == form.LongText)
				about := slices.Contains(of[e.Form], q.ID)
				x.Words = x.Words || written && !about && q.SeenBy(access.ThePerson)
				switch {
				case !there:
				case !q.SeenBy(access.ThePerson) || given && about || written && !slices.Contains(read, e.Record):
					out.Withheld++
				default:
					x.Answers[q.ID] = a
				}
			}
		}
		out.Forms = append(out.Forms, x)
	}
	return nil
}

func (s *Service) consentsIn(ctx context.Context, by keyring.Bearer, c id.Case, out *Copy) error {
	all, err := s.Consents.List(ctx, by.Actor, c)
	for _, x := range all {
		out.Consents = append(out.Consents, Agreed{
			Consent: x.ID, State: string(x.State), Purposes: x.Purposes, Recipients: x.Recipients, Categories: x.Categories, Given: x.Given,
			ValidTo: x.ValidTo, Withdrawn: x.Withdrawn,
		})
	}
	return err
}

// groupOf says in which words a kind of record is named; empty: it is not named at all. What was released to the prosecution is not,
// because a release by order may not be told.
func groupOf(kind string) string {
	groups := map[string]string{
		casefile.KindNote: "note", casefile.KindAssessment: "risk", casefile.KindDelivery: "service", casefile.KindAttachment: "attachment",
		casefile.KindReflection: "reflection", casefile.KindRefusal: "refusal", casefile.KindClosure: "closure", casefile.KindReopening: "closure",
		casefile.KindMediation: "mediation", casefile.KindInterpreting: "mediation",
		"conference": "conference", "conference-minutes": "conference", "conference-text": "conference", "conference-protocol": "conference",
		"conference-sheet": "", // a copy of what is in the others; that one lies before the prosecution by order may not be told
		"need":             "plan", "plan-step": "plan", "plan": "plan", "screening": "screening", "screening-draft": "screening",
		referral.KindDraft: "referral", referral.KindWords: "referral", referral.KindBundle: "referral",
		"child-guardian": "child", "child-interest": "child", "child-age": "child", "child-told": "child", "child-notice": "child",
		"return-decision": "return", "return-interest": "return", "return-risk": "return", "return-plan": "return", "return-report": "return",
		person.Kind: "", person.KindContacts: "", form.KindFilled: "", casefile.KindDecision: "", KindRequest: "", casefile.KindFilePart: "", casefile.KindDossier: "",
		casefile.KindCooperation: "", casefile.KindCounted: "", // a number that says nothing of her
	}
	if group, known := groups[kind]; known {
		return group
	}
	return "other"
}

// rest counts what is kept and not in the copy.
func (out *Copy) rest(kinds map[string]int) {
	groups := map[string]int{}
	for kind, n := range kinds {
		if g := groupOf(kind); g != "" {
			groups[g] += n
		}
	}
	for _, g := range slices.Sorted(maps.Keys(groups)) {
		out.Rest = append(out.Rest, Rest{g, groups[g]})
	}
}
