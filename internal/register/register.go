package register

import (
	"embed"
	"io/fs"
	"slices"
	"sync"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/form"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/profile"
)

//go:embed data/*.json
var files embed.FS

// Datum is one thing that is written down, in words of one language.
type Datum struct {
	Code     string        `json:"code"` // of the question, or of the activity's own
	Words    string        `json:"words"`
	Why      string        `json:"why"`
	Sees     []access.Role `json:"sees"`
	Keep     string        `json:"keep"` // kind of record
	Category consent.Code  `json:"category,omitempty"`
	Trauma   bool          `json:"trauma,omitempty"`
	Required bool          `json:"required,omitempty"`
}

// Keeping is how long records of one kind are kept.
type Keeping struct {
	Class  string          `json:"class"`
	Period *profile.Length `json:"period"` // null: nobody has said how long
	From   profile.Event   `json:"from"`
	Binds  bool            `json:"binds"` // the period is confirmed
	Origin profile.Origin  `json:"origin"`
}

// Activity is one processing activity.
type Activity struct {
	Code      string         `json:"code"` // F1 for a form
	Title     string         `json:"title"`
	Version   int64          `json:"version,omitempty"` // of the form
	Additions form.Edition   `json:"additions,omitzero"`
	Purposes  []string       `json:"purposes"`
	Subjects  []string       `json:"subjects"`
	Data      []Datum        `json:"data"`
	Sees      []access.Role  `json:"sees"`   // recipients in the organisation, by function
	Shared    []consent.Code `json:"shared"` // categories that leave it under a consent of hers
	Abroad    bool           `json:"abroad"` // something of it may leave the country
	Keeps     []Keeping      `json:"keeps"`
}

// Transfer is a rule for what is sent from here.
type Transfer struct {
	Key      string           `json:"key"`
	To       profile.Zone     `json:"to"`
	Sectors  []profile.Sector `json:"sectors"` // of who receives
	Text     string           `json:"text"`
	Bases    []string         `json:"bases"` // in words
	Consent  bool             `json:"needs_consent"`
	Verified bool             `json:"verified"`
}

// Register is the record of processing activities of a member, in one language.
type Register struct {
	Member     id.Member  `json:"member"`
	Name       string     `json:"name"`
	Note       string     `json:"note,omitempty"` // that belongs to the name
	Language   lang.Tag   `json:"language"`
	Activities []Activity `json:"activities"`
	Transfers  []Transfer `json:"transfers"`
	Measures   []string   `json:"measures"`
	Unknown    []string   `json:"unknown"` // kinds of record whose period nobody has confirmed

	p    *lang.Printer
	open bool // nothing is folded: it is read on paper
}

// beside is what is processed beside forms, as data/activities.json has it.
type beside struct {
	Activities []struct {
		Code     string        `json:"activity"`
		Subjects []string      `json:"subjects"`
		Abroad   bool          `json:"abroad"`
		Sees     []access.Role `json:"sees"`
		Data     []struct {
			Code string `json:"datum"`
			Keep string `json:"keep"`
		} `json:"data"`
	} `json:"activities"`
	Subjects []string       `json:"subjects"` // of forms
	Measures []string       `json:"measures"`
	Origin   profile.Origin `json:"origin"`
}

var shipped = sync.OnceValues(func() (beside, error) {
	var b beside
	return b, read("data/activities.json", &b)
})

func read(name string, v any) error {
	raw, err := fs.ReadFile(files, name)
	if err == nil {
		raw, err = frame.Canonical(raw)
	}
	if err == nil {
		err = frame.Decode(raw, 1<<20, v)
	}
	if err != nil {
		return fault.Wrap(fault.Internal, "register.file", err)
	}
	return nil
}

// Of makes the register of a member from its forms and its law, in the words of a printer.
//
// It fails with [fault.Invalid] and "profile.member" if the member has no profile, and with [fault.Internal] as
// [Register.Check].
func Of(forms form.Set, law profile.Set, m id.Member, p *lang.Printer) (Register, error) {
	if _, ok := law.Country(m); !ok {
		return Register{}, fault.New(fault.Invalid, "profile.member").With("member", string(m))
	}
	b, err := shipped()
	if err != nil {
		return Register{}, err
	}
	r := Register{Member: m, Name: p.CountryName(string(m)), Note: p.CountryNote(string(m)), Language: p.Tag(), Unknown: []string{}, p: p}
	for _, f := range forms.Current(m) {
		sheet, err := forms.Said(p, f.Form, f.Version, f.Additions)
		if err != nil {
			return Register{}, err
		}
		r.Activities = append(r.Activities, ofForm(sheet, b.Subjects, p))
	}
	for _, a := range b.Activities {
		out := Activity{Code: a.Code, Title: p.Text("register.activity." + a.Code), Subjects: subjects(p, a.Subjects), Abroad: a.Abroad}
		why := p.Text("register.why." + a.Code)
		for _, d := range a.Data {
			out.Data = append(out.Data, Datum{Code: d.Code, Words: p.Text("register.datum." + d.Code), Why: why, Sees: a.Sees, Keep: d.Keep})
		}
		r.Activities = append(r.Activities, out)
	}
	for i := range r.Activities {
		if err := r.Activities[i].sum(law, m); err != nil {
			return Register{}, err
		}
		for _, k := range r.Activities[i].Keeps {
			if !k.Binds && !slices.Contains(r.Unknown, k.Class) {
				r.Unknown = append(r.Unknown, k.Class)
			}
		}
	}
	for _, t := range law.RulesFrom(m) {
		out := Transfer{Key: t.Key, To: t.To, Sectors: t.ToSectors, Text: p.Text(t.Text), Bases: []string{}, Consent: t.NeedsConsent, Verified: t.Origin.Usable()}
		for _, basis := range t.Bases {
			out.Bases = append(out.Bases, p.Text(law.BasisText(basis)))
		}
		r.Transfers = append(r.Transfers, out)
	}
	for _, key := range b.Measures {
		r.Measures = append(r.Measures, p.Text("register.measure."+key))
	}
	return r, r.Check()
}

func ofForm(sheet form.Sheet, of []string, p *lang.Printer) Activity {
	a := Activity{
		Code: sheet.Form.ID, Title: sheet.Say(sheet.Form.Title), Version: sheet.Form.Version, Additions: sheet.With, Subjects: subjects(p, of),
	}
	for _, part := range sheet.Form.Sections {
		for _, q := range part.Questions {
			why := ""
			if q.Why != "" {
				why = sheet.Say(q.Why)
			}
			a.Data = append(a.Data, Datum{
				Code: q.ID, Words: sheet.Say(q.Words), Why: why, Sees: q.Sees, Keep: q.Keep, Category: q.Category, Trauma: q.Trauma, Required: q.Required,
			})
		}
	}
	return a
}

func subjects(p *lang.Printer, codes []string) []string {
	var all []string
	for _, c := range codes {
		all = append(all, p.Text("register.subject."+c))
	}
	return all
}

// sum gathers from the data of an activity what is said of all of it.
func (a *Activity) sum(law profile.Set, m id.Member) error {
	a.Shared = []consent.Code{}
	for _, d := range a.Data {
		a.Purposes = with(a.Purposes, d.Why)
		for _, r := range d.Sees {
			a.Sees = with(a.Sees, r)
		}
		if d.Category != "" {
			a.Shared, a.Abroad = with(a.Shared, d.Category), true
		}
		if d.Keep == "" || slices.ContainsFunc(a.Keeps, func(k Keeping) bool { return k.Class == d.Keep }) {
			continue
		}
		k, err := law.Keeps(m, d.Keep)
		if fault.Is(err, fault.NotFound) {
			continue // Check says so
		}
		if err != nil {
			return err
		}
		a.Keeps = append(a.Keeps, Keeping{d.Keep, k.Period, k.From, k.Binds(), k.Origin})
	}
	return nil
}

// with returns a list with v, once.
func with[T comparable](all []T, v T) []T {
	if slices.Contains(all, v) {
		return all
	}
	return append(all, v)
}

// Check reports whether everything that is written down has a purpose, somebody who sees it, and a kind of record whose period
// the profile knows.
//
// It fails with [fault.Internal] and "register.incomplete", which names the activity, the datum and what it lacks.
func (r Register) Check() error {
	for _, a := range r.Activities {
		for _, d := range a.Data {
			lacks := ""
			switch {
			case d.Words == "":
				lacks = "words"
			case d.Why == "":
				lacks = "purpose"
			case len(d.Sees) == 0:
				lacks = "reader"
			case !slices.ContainsFunc(a.Keeps, func(k Keeping) bool { return k.Class == d.Keep }):
				lacks = "retention"
			}
			if lacks != "" {
				return fault.New(fault.Internal, "register.incomplete").With("activity", a.Code).With("datum", d.Code).With("field", lacks)
			}
		}
		if len(a.Data) == 0 || len(a.Subjects) == 0 {
			return fault.New(fault.Internal, "register.incomplete").With("activity", a.Code).With("datum", "").With("field", "subjects")
		}
	}
	return nil
}
