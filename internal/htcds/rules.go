package htcds

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/opentrm/opentrm/internal/careplan"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/form"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/referral"
)

// passed is a referral of the case, with the moment at which this desk accepted one that came.
type passed struct {
	referral.Row
	Accepted frame.Time // 0: it was sent from here, or not accepted
}

// material is what a record is made of: what the reader may open.
type material struct {
	file  casefile.File
	signs map[string]form.Answer // of the newest finished F1 that nothing corrects, by question
	plan  careplan.File
	sent  []passed // of the realm of assistance, no drafts
}

// writer puts the fields of a record together.
type writer struct {
	t       Table
	m       material
	purpose Purpose
	out     map[string]Answer
	left    map[string]int
}

// write makes the fields, the plans and the count of what is left out.
func write(t Table, m material, purpose Purpose) (fields []Answer, plans [][]Answer, left []Left) {
	w := writer{t: t, m: m, purpose: purpose, out: map[string]Answer{}, left: map[string]int{}}
	w.who()
	w.status()
	w.signs()
	w.course()
	w.referrals()
	w.said()
	plans = w.plans()
	w.left["note"] += len(m.file.Notes)
	w.left["attachment"] += len(m.file.Attachments)
	fields = []Answer{}
	for _, f := range t.Fields {
		if a, ok := w.out[f.ID]; ok && f.Exported {
			fields = append(fields, a)
		}
	}
	left = []Left{}
	for _, what := range slices.Sorted(maps.Keys(w.left)) {
		if n := w.left[what]; n > 0 {
			left = append(left, Left{what, n})
		}
	}
	return fields, plans, left
}

// put writes values; without one nothing is said of the field.
func (w *writer) put(field string, values ...string) {
	if values = slices.DeleteFunc(values, func(v string) bool { return v == "" }); len(values) > 0 {
		w.out[field] = Answer{Field: field, State: person.Given, Values: values}
	}
}

// gap writes why there is no value.
func (w *writer) gap(field string, s person.State) { w.out[field] = Answer{Field: field, State: s} }

// coded writes codes of ours as those of the standard. Ours stand beside where several of them are one of the standard.
func (w *writer) coded(field string, ours ...string) {
	f, _ := w.t.Field(field)
	a := Answer{Field: field, State: person.Given}
	coarse := false
	for _, o := range ours {
		theirs, ok := f.Theirs(o)
		if !ok {
			w.left["code"]++
			continue
		}
		if back, _ := f.Ours(theirs); back != o || theirs == "Other" {
			coarse = true
		}
		if !slices.Contains(a.Values, theirs) {
			a.Values = append(a.Values, theirs)
		}
	}
	if len(a.Values) == 0 {
		return
	}
	if coarse {
		a.Ours = slices.Clone(ours)
	}
	w.out[field] = a
}

// who writes who she is. How she can be reached is counted and never written.
func (w *writer) who() {
	if w.m.file.Who == nil {
		return
	}
	p := w.m.file.Who.Person
	w.left["contact"] += len(p.Contacts)
	named := slices.IndexFunc(p.Names, func(n person.Name) bool { return n.Use == person.Registered && parts(n, person.WholeName) == "" })
	for i, n := range p.Names {
		if i != named || parts(n, person.Suffix) != "" {
			w.left["name"]++
		}
	}
	if named >= 0 {
		n := p.Names[named]
		w.put("prs_FirstName", parts(n, person.GivenName))
		w.put("prs_MiddleName", parts(n, person.Patronymic))
		w.put("prs_SecondName", parts(n, person.Surname))
	}
	switch b := p.Birth.Value; {
	case p.Birth.State != person.Given:
		w.gap("prs_Birthdate", p.Birth.State)
	case b.Margin > 0 || b.Year == 0:
		w.left["birth"]++
		w.gap("prs_Birthdate", person.Unknown)
	default:
		w.put("prs_Birthdate", day(b))
	}
	w.sex(p.Sex)
	w.countries(p.Citizenships)
	w.languages(p.Languages)
	w.documents(p.Documents)
}

// sex writes her gender. The standard asks more of whoever is neither: a table may have said it.
func (w *writer) sex(a person.Answer[person.Sex]) {
	f, _ := w.t.Field("prs_Gender")
	none, _ := f.Theirs("~" + person.Unknown.Code())
	s, given := a.Is()
	theirs, ok := f.Theirs(string(s))
	switch {
	case !given:
		w.out["prs_Gender"] = Answer{Field: "prs_Gender", State: a.State, Values: []string{none}}
	case ok:
		w.put("prs_Gender", theirs)
	default:
		w.left["sex"]++
		w.out["prs_Gender"] = Answer{Field: "prs_Gender", State: person.Given, Values: []string{none}, Ours: []string{string(s)}}
	}
}

func (w *writer) countries(a person.Answer[[]string]) {
	all, given := a.Is()
	if first := w.answer("citizenship"); !given && first != "" { // what was said at the first contact
		all, given = append([]string{first}, w.answer("citizenship-second")), true
	}
	if !given {
		w.gap("prs_Citizenship", a.State)
		return
	}
	w.put("prs_Citizenship", slices.Clone(all)...)
}

func (w *writer) languages(a person.Answer[[]person.Language]) {
	all, given := a.Is()
	if first := w.answer("language"); !given && first != "" {
		all, given = []person.Language{{Tag: first}}, true
	}
	if !given {
		w.gap("prs_PrimaryLanguage", a.State)
		return
	}
	for i, l := range all {
		base, _, more := strings.Cut(l.Tag, "-")
		switch i {
		case 0:
			w.put("prs_PrimaryLanguage", base)
		case 1:
			w.put("prs_SecondaryLanguage", base)
		}
		if i > 1 || more {
			w.left["language"]++
		}
	}
}

func (w *writer) documents(a person.Answer[[]person.Document]) {
	all, given := a.Is()
	if !given {
		w.gap("prs_IdentityNumber", a.State)
		return
	}
	for _, d := range all {
		if _, there := w.out["prs_IdentityNumber"]; d.Type == "identity-card" && d.Number != "" && !there {
			w.put("prs_IdentityNumber", d.Number)
		} else {
			w.left["document"]++
		}
	}
}

// status writes the newest decision that says what she is.
func (w *writer) status() {
	f, _ := w.t.Field("vic_TraffickingStatus")
	for _, d := range slices.Backward(w.m.file.Decisions) {
		if _, ok := f.Theirs(d.Value.Status); ok {
			w.coded("vic_TraffickingStatus", d.Value.Status)
			w.coded("vic_TraffickingStatusDecisionMakingOrg", d.Value.Body)
			return
		}
	}
}

// signs writes what was answered at the first contact about what was done to her.
func (w *writer) signs() {
	for question, field := range map[string]string{"means": "vic_MethodsOfControl", "exploitation": "vic_TypeOfExploitation"} {
		a, there := w.m.signs[question]
		if !there {
			continue
		}
		var codes []string
		if raw, given := a.Is(); given && json.Unmarshal(raw, &codes) == nil {
			w.coded(field, codes...)
		} else {
			w.gap(field, a.State)
		}
	}
}

// answer returns a text answer of the first contact; "" if there is none.
func (w *writer) answer(question string) string {
	s := ""
	if raw, given := w.m.signs[question].Is(); !given || json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

// course writes how the case stands at this desk.
func (w *writer) course() {
	c := w.m.file.Case
	if c.State == casefile.Open {
		w.coded("cas_Status", string(casefile.Open))
		return
	}
	w.coded("cas_Status", c.Closure)
	w.put("cas_ReasonForCaseClosure", c.Closure)
	if c.Closure == "deceased" {
		w.put("prs_Deceased", Ticked)
	}
}

// referrals writes the newest that came and the newest that was sent.
func (w *writer) referrals() {
	for _, r := range w.m.sent {
		if r.Side == referral.Receiver {
			if r.Accepted > 0 {
				w.put("cas_ReferringOrganisation", r.Peer.String())
				w.put("cas_IncomingReferralDate", date(r.Accepted))
				w.coded("cas_ReasonForIncomingReferral", string(r.Kind))
			}
			continue
		}
		if _, there := w.out["cas_ReferredOrganisation"]; there {
			w.left["referral"]++ // the one before
		}
		w.put("cas_ReferredOrganisation", r.Peer.String())
		w.put("cas_OutgoingReferralDate", date(r.Made))
		w.coded("cas_ReasonForOutgoingReferral", string(r.Kind))
	}
}

// said writes what a table said from which the case was taken, where nobody here has said more.
func (w *writer) said() {
	for _, x := range slices.Backward(w.m.file.Imports) {
		for _, s := range x.Value.Said {
			f, known := w.t.Field(s.Field)
			if !known || !f.Exported {
				w.left["said"]++
				continue
			}
			own, there := w.out[s.Field]
			values, given := s.Answer.Is()
			written := f.Type != "picklist" && f.Type != "picklists" && f.Type != "date" && f.Type != "number" && f.Type != "checkbox"
			finer := s.Field == "prs_Gender" && slices.Equal(own.Ours, []string{string(person.Other)})
			switch {
			case given && w.purpose == ForHer && written && f.Section != "person":
				w.left["words"]++ // they may speak of others
				continue
			case there && own.State == person.Given && !finer, !given && there:
				continue // ours
			case len(f.Codes) > 0:
				said := len(values)
				values = slices.DeleteFunc(slices.Clone(values), func(v string) bool {
					return !slices.ContainsFunc(f.Codes, func(c Code) bool { return c.Code == v })
				})
				w.left["code"] += said - len(values)
				if given && len(values) == 0 {
					continue
				}
			}
			if finer {
				w.left["sex"]--
			}
			w.out[s.Field] = Answer{Field: s.Field, State: s.Answer.State, Values: values, Said: true}
		}
	}
}

// plans writes the steps that she agreed to.
func (w *writer) plans() [][]Answer {
	all := [][]Answer{}
	codes := map[string]string{}
	for _, n := range w.m.plan.Needs {
		codes[string(n.Record)] = n.Value.Code
	}
	kinds, _ := w.t.Field("spl_Type")
	for _, s := range w.m.plan.Steps {
		x := s.Value
		last := x.Course[len(x.Course)-1]
		if !x.Agreed() || last.Reason == "entered-in-error" {
			w.left["step"]++
			continue
		}
		var one []Answer
		add := func(field, value string) {
			if f, _ := w.t.Field(field); f.Exported && value != "" {
				one = append(one, Answer{Field: field, State: person.Given, Values: []string{value}})
			}
		}
		if w.purpose == OwnSystem {
			add("spl_Objectives", x.Goal)
		} else if x.Goal != "" {
			w.left["words"]++
		}
		add("spl_ActionPlan", x.Service)
		add("spl_PlannedEndDate", x.Due)
		if last.Status == careplan.Delivered || last.Status == careplan.Stopped {
			add("spl_ActualEndDate", last.On)
		}
		theirs, _ := kinds.Theirs(cmp.Or(codes[string(x.Need)], x.Service))
		add("spl_Type", theirs)
		all = append(all, one)
	}
	return all
}

// parts returns the parts of one kind of a name, in their order.
func parts(n person.Name, kind person.PartKind) string {
	var all []string
	for _, p := range n.Parts {
		if p.Kind == kind {
			all = append(all, p.Text)
		}
	}
	return strings.Join(all, " ")
}

// day writes as much of a date of birth as is known.
func day(b person.Birth) string {
	switch {
	case b.Month == 0:
		return fmt.Sprintf("%04d", b.Year)
	case b.Day == 0:
		return fmt.Sprintf("%04d-%02d", b.Year, b.Month)
	}
	return fmt.Sprintf("%04d-%02d-%02d", b.Year, b.Month, b.Day)
}

func date(t frame.Time) string { return t.Time().UTC().Format("2006-01-02") }
