package webfirst

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/directory"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/sorting"
)

// How she agreed, or who agreed for her.
const (
	inWriting = "written"
	orally    = "oral"
)

// perPage is how many referrals are looked at for one that was begun and not sent.
const perPage = 50

func (v *visit) helpForm() error { return v.showHelp(page.Form{}) }

func (v *visit) casePath() string { return "/cases/" + v.R.PathValue("case") }

// row is the case as the node knows it, for whoever may read it.
func (v *visit) row(c id.Case) (row casefile.Case, err error) {
	err = v.Cases.Look(v.R.Context(), v.By, c, "referral", func(_ casefile.Tx, _ *keyring.Case, found casefile.Case) error {
		row = found
		return nil
	})
	return row, err
}

// inland are the desks of the own country that help persons and see at once what is sent, those first that a person is presented to: who identifies, then the focal
// point.
func (v *visit) inland() ([]member.Listed, error) {
	all, err := v.Members.Directory(v.R.Context(), v.By.Actor)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(l member.Listed) bool {
		return l.Address.Member != v.Site.Member || l.Address.Desk == v.By.Desk || l.Desk.Realm != access.Assistance || l.Desk.Kind != desk.AtNode // one without a node is sent a letter, which takes its time
	})
	rank := func(l member.Listed) int {
		if i := slices.Index([]string{"desk.function.identification", "desk.function.focal-point", "desk.function.coordination"}, l.Desk.Function); i >= 0 {
			return i
		}
		return 3
	}
	sorting.Stable(all, func(a, b member.Listed) int { return cmp.Compare(rank(a), rank(b)) })
	return all, nil
}

// showHelp asks which desk is to help, and with what. The desk that the country presents persons to is chosen already.
func (v *visit) showHelp(f page.Form) error {
	if _, err := v.row(id.Case(v.R.PathValue("case"))); err != nil {
		return err
	}
	desks, err := v.inland()
	if err != nil {
		return err
	}
	f.Title, f.Back, f.Action, f.Submit, f.Leave = page.Key("urgent.help"), v.casePath(), v.casePath()+"/urgent", page.Key("web.continue"), true
	f.Danger = true
	f.Intro = []page.Msg{page.Key("urgent.help.text")}
	offers, err := v.offers(desks)
	if err != nil {
		return err
	}
	to := page.Radios{Field: page.Field{ID: "to", Label: page.Key("urgent.to"), Error: page.ErrorAt(f.Errors, "to")}, Value: v.Field("to")}
	for _, l := range desks {
		c := page.Choice{Value: l.Address.String(), Text: page.Plain(l.Address.String())}
		if l.Desk.Capacity != "" {
			c.Hint = v.Word("desk.capacity.", l.Desk.Capacity)
		}
		if needs := v.Sent("needs", v.needs()); len(needs) > 0 { // sent back, or gone back to: what is needed is known
			c.Hint = v.because(c.Hint, v.Fits(directory.Match(needs, l.Desk.Competence, offers[l.Address.Desk])))
		} else if o := offers[l.Address.Desk]; len(o) > 0 {
			c.Hint = v.because(c.Hint, []page.Msg{page.Plain(v.P.Text("directory.services") + ": " + v.Offers(o))})
		}
		to.Choices = append(to.Choices, c)
	}
	if len(desks) == 0 {
		f.Warning = page.Key("urgent.help.none")
	} else if to.Value == "" {
		to.Value, to.Hint = desks[0].Address.String(), page.Key("urgent.to.chosen")
	}
	f.Hidden = [][2]string{{"do", "ask"}}
	f.Fields = append(f.Fields,
		page.CheckboxGroup(v.P, page.Checkboxes{Field: page.Field{ID: "needs", Label: page.Key("referral.needs"), Error: page.ErrorAt(f.Errors, "needs")}, Choices: v.needs(), Values: v.R.PostForm["needs"]}),
		page.RadioGroup(v.P, to),
		page.TextInput(v.P, page.Input{Field: page.Field{ID: "children", Label: page.Key("referral.children"), Error: page.ErrorAt(f.Errors, "children")}, Value: page.Or(v.Field("children"), "0"), Mode: "numeric", Width: 2}),
	)
	return v.ShowForm(f)
}

// offers are what the organisations behind the desks of this member give.
func (v *visit) offers(desks []member.Listed) (map[id.Desk][]directory.Offered, error) {
	var here []id.Desk
	for _, l := range desks {
		if l.Address.Member == v.Site.Member {
			here = append(here, l.Address.Desk)
		}
	}
	all, err := v.Directory.Offers(v.R.Context(), v.By.Actor, here)
	if fault.Is(err, fault.Denied) {
		return nil, nil
	}
	return all, err
}

// because adds to what is said of a desk why it fits, or does not.
func (v *visit) because(said page.Msg, why []page.Msg) page.Msg {
	var parts []string
	for _, m := range append([]page.Msg{said}, why...) {
		if !m.None() {
			parts = append(parts, m.In(v.P))
		}
	}
	return page.Plain(strings.Join(parts, " · "))
}

func (v *visit) needs() []page.Choice {
	return v.Choices("case.service.", v.Lists.Codes(casefile.ListService)...)
}

// ask takes what the desk is asked for, shows what she is told and asked before anything of her leaves, and keeps her answer.
func (v *visit) ask() error {
	var errors []page.Error
	desks, err := v.inland()
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(desks, func(l member.Listed) bool { return l.Address.String() == v.Field("to") }) {
		errors = append(errors, page.Error{Field: "to", Text: page.Key("urgent.missing.to")})
	}
	if len(v.Sent("needs", v.needs())) == 0 {
		errors = append(errors, page.Error{Field: "needs", Text: page.Key("urgent.missing.needs")})
	}
	if n, err := strconv.Atoi(page.Or(v.Field("children"), "0")); err != nil || n < 0 || n > 30 {
		errors = append(errors, page.Error{Field: "children", Text: page.Key("urgent.missing.children")})
	}
	if len(errors) > 0 || v.Field("do") == "back" {
		return v.showHelp(page.Form{Status: status(errors), Errors: errors})
	}
	if v.Field("do") != "agree" {
		return v.showAgree(page.Form{})
	}
	return v.agree()
}

func status(errors []page.Error) int {
	if len(errors) == 0 {
		return 0
	}
	return page.StatusOf(fault.Invalid)
}

// agreeModel is what she is told and asked.
type agreeModel struct {
	action, desk string
	hidden       [][2]string
	fits         []page.Msg // why the desk answers what is needed, or does not
	doubt        page.Msg   // the desk does not say that it has what is needed most
	danger       page.Numbers
	phones       []page.Phone // of the desk, for who cannot decide now
	reading      page.Reading // what is read to her
	fields       []templ.Component
	refuse       string // where what she did not want goes; empty: the reader may not
}

// least is what a desk needs in order to speak with her and to find her without danger. More is asked when there is time.
func least() []consent.Code { return []consent.Code{"contact.safe", "identity.names", "languages"} }

// showAgree says to whom what of her is told and what follows from either answer, before it asks.
func (v *visit) showAgree(f page.Form) error {
	c := id.Case(v.R.PathValue("case"))
	row, err := v.row(c)
	if err != nil {
		return err
	}
	spoken := v.Field("language")
	if kept, err := v.Persons.Show(v.R.Context(), v.By, c); err == nil && spoken == "" {
		if all, ok := kept.Person.Languages.Is(); ok {
			spoken = all[0].Tag
		}
	} else if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	reviewed, err := v.reviewed(spoken)
	if err != nil {
		return err
	}
	m := agreeModel{action: v.casePath() + "/urgent", desk: v.Field("to"), hidden: [][2]string{{"to", v.Field("to")}, {"children", page.Or(v.Field("children"), "0")}}}
	for _, n := range v.Sent("needs", v.needs()) {
		m.hidden = append(m.hidden, [2]string{"needs", n})
	}
	m.danger, m.reading = v.Numbers(), v.aloud(spoken, reviewed)
	desks, err := v.inland()
	if err != nil {
		return err
	}
	for _, l := range desks {
		if l.Address.String() != m.desk {
			continue
		}
		m.phones = v.Phones(l)
		if slices.Contains(v.Sent("needs", v.needs()), accommodation) && (l.Desk.Function != "desk.function.shelter" || l.Desk.Capacity == "full") {
			m.doubt = page.Key("urgent.no-bed")
		}
		offers, err := v.offers([]member.Listed{l})
		if err != nil {
			return err
		}
		m.fits = v.Fits(directory.Match(v.Sent("needs", v.needs()), l.Desk.Competence, offers[l.Address.Desk]))
	}
	if v.may(access.NoteCase) {
		m.refuse = v.casePath() + "/refusals"
	}
	told := v.R.PostForm["categories"]
	if v.Field("do") != "agree" {
		told = nil
		for _, k := range least() {
			told = append(told, string(k))
		}
	}
	how := []page.Choice{{Value: inWriting, Text: page.Key("consent.how.written")}, {Value: orally, Text: page.Key("consent.how.oral")}}
	field := func(name, key string, optional bool) page.Field {
		return page.Field{ID: name, Label: page.Key(key), Optional: optional, Error: page.ErrorAt(f.Errors, name)}
	}
	m.fields = append(m.fields, page.CheckboxGroup(v.P, page.Checkboxes{Field: page.Field{ID: "categories", Label: page.Key("urgent.categories"), Hint: page.Key("urgent.categories.hint", "desk", v.Field("to")), Error: page.ErrorAt(f.Errors, "categories")}, Choices: v.categories(), Values: told}))
	child := person.ChildPath(row.AgeClass)
	if child {
		how = v.Choices("consent.by.", consent.ByGuardian, consent.ByAuthority)
	}
	m.fields = append(m.fields, page.RadioGroup(v.P, page.Radios{Field: field("agreed", map[bool]string{false: "consent.how", true: "consent.given-by"}[child], false), Choices: how, Value: v.Field("agreed"), Inline: !child}))
	if child {
		m.fields = append(m.fields,
			page.TextInput(v.P, page.Input{Field: field("guardian", "consent.guardian", false), Value: v.Field("guardian")}),
			page.TextArea(v.P, page.Textarea{Field: field("best-interests", "consent.best-interests", false), Value: v.Field("best-interests")}),
		)
	} else {
		m.fields = append(m.fields, page.TextInput(v.P, page.Input{Field: field("witness", "consent.witness", true), Value: v.Field("witness")}))
	}
	m.fields = append(m.fields,
		page.SelectList(v.P, page.Select{Field: field("language", "consent.spoken", false), Choices: v.Languages(), Value: spoken, Empty: page.Key("web.choose")}),
		page.TextInput(v.P, page.Input{Field: field("interpreter", "consent.interpreter", reviewed), Value: v.Field("interpreter")}),
		page.CheckboxGroup(v.P, page.Checkboxes{Field: field("said", "consent.confirm", false), Choices: []page.Choice{{Value: "yes", Text: page.Key(map[bool]string{false: "urgent.said", true: "urgent.said.child"}[child])}}, Values: v.R.PostForm["said"]}),
	)
	return v.Show(page.Page{Status: f.Status, Title: page.Key("urgent.agree"), Back: v.casePath() + "/urgent", Leave: true, Errors: f.Errors, Body: agreeScreen(v.P, m)})
}

// accommodation is the need of a place to sleep, which not every desk can answer.
const accommodation = "accommodation"

// aloud is what is read to her before she decides, in her language where there are words in it.
func (v *visit) aloud(language string, reviewed bool) page.Reading {
	p := v.P
	if slices.Contains(v.Site.Texts.Reads(), lang.Tag(language)) {
		p = v.Site.Texts.Reader(lang.Tag(language))
	}
	r := page.Reading{Tag: string(p.Tag()), Dir: p.Dir(), Parts: []page.ReadingPart{{}}}
	if !reviewed && string(p.Tag()) == language {
		r.Draft = p.Text("consent.read.draft")
	}
	for _, k := range []string{"ask", "free", "purpose", "recipients", "risks", "adequacy", "retention"} {
		r.Parts[0].Texts = append(r.Parts[0].Texts, p.Text("consent.read."+k))
	}
	r.Parts[0].Texts = append(r.Parts[0].Texts, p.Text("consent.how-to-withdraw"), p.Text("consent.right.access"), p.Text("consent.read.again"))
	return r
}

// reviewed reports whether what she is read stands reviewed in a language. Where it does not, somebody has to interpret.
func (v *visit) reviewed(language string) (bool, error) {
	at, err := v.Wordings.Of(v.R.Context(), lang.Tag(language), lang.ForConsent)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	return at.Reviewed(), err
}

func (v *visit) categories() []page.Choice {
	var all []page.Choice
	for _, k := range consent.Categories() {
		all = append(all, page.Choice{Value: string(k.Code), Text: v.Word("", k.Label)})
	}
	return all
}

// agree keeps what was agreed to and the referral for which it was, as a draft that is looked at once more.
func (v *visit) agree() error {
	c := id.Case(v.R.PathValue("case"))
	if errors := v.missing("categories", "agreed", "language", "said"); len(errors) > 0 {
		return v.showAgree(page.Form{Status: status(errors), Errors: errors})
	}
	r, err := v.agreed(c)
	if err == nil {
		var given id.Consent
		if given, err = v.given(c, r); err == nil {
			return v.drafted(c, given, r)
		}
	}
	fields := map[string]string{"": "agreed", "given_by": "agreed"}
	for _, f := range []string{"categories", "language", "witness", "guardian", "interpreter"} {
		fields[f] = f
	}
	switch _, key, _ := fault.Public(err); key {
	case "consent.oral":
		fields[""] = "witness"
	case "consent.unreviewed":
		fields[""] = "interpreter"
	case "consent.child":
		fields[""] = "guardian"
	}
	return v.Again(err, fields, v.showAgree)
}

// agreed reads who agreed to what.
func (v *visit) agreed(c id.Case) (consent.Record, error) {
	to, err := id.ParseAddress(v.Field("to"))
	if err != nil {
		return consent.Record{}, err
	}
	said := v.Field("said") != ""
	r := consent.Record{
		GivenBy: consent.ByHerself, AgeClass: person.AgeUnknown, Capable: said, ReadBack: said, Withheld: []consent.Withheld{},
		Purposes: []consent.Purpose{consent.ForReferral}, Recipients: []id.Address{to}, Language: v.Field("language"), TextVersion: 1,
		Interpreter: v.Field("interpreter"), How: v.Field("agreed"), Witness: v.Field("witness"),
		Explained: consent.Explained{Purpose: said, Recipients: said, Risks: said, Adequacy: said, Withdrawal: said, Retention: said, Access: said},
	}
	for _, k := range v.Sent("categories", v.categories()) {
		r.Categories = append(r.Categories, consent.Code(k))
	}
	switch by := v.Field("agreed"); by {
	case consent.ByGuardian:
		r.GivenBy, r.How, r.Guardian.Name = by, consent.Written, v.Field("guardian")
	case consent.ByAuthority:
		r.GivenBy, r.How, r.Guardian.Authority = by, consent.Written, v.Field("guardian")
	}
	r.Assent, r.BestInterests = r.GivenBy != consent.ByHerself && said, v.Field("best-interests")
	kept, err := v.Persons.Show(v.R.Context(), v.By, c)
	if fault.Is(err, fault.NotFound) {
		return r, nil
	}
	r.Person = kept.ID
	return r, err
}

// given records the consent, or finds it where the same was agreed to before and stands: who comes back to this page agrees once.
func (v *visit) given(c id.Case, r consent.Record) (id.Consent, error) {
	all, err := v.Consents.List(v.R.Context(), v.By.Actor, c)
	if err != nil {
		return "", err
	}
	for _, x := range all {
		if x.Origin == consent.TakenHere && x.Live(v.Now()) && x.By == v.By.User && slices.Equal(x.Purposes, r.Purposes) && slices.Equal(x.Recipients, r.Recipients) && slices.Equal(x.Categories, r.Categories) {
			return x.ID, nil
		}
	}
	x, err := v.Consents.Give(v.R.Context(), v.By, consent.Giving{Case: c, Record: r})
	return x.ID, err
}

// drafted writes the referral down, in the place of one that was begun on this way and not sent.
func (v *visit) drafted(c id.Case, given id.Consent, r consent.Record) error {
	children, err := strconv.Atoi(page.Or(v.Field("children"), "0"))
	if err != nil {
		return err
	}
	row, err := v.row(c)
	if err != nil {
		return err
	}
	d := referral.Drafting{
		To: r.Recipients[0], Kind: "emergency", Basis: "consent", Consent: given, Categories: r.Categories, Expires: v.Referrals.Expires(r.Recipients[0].Member), Spoken: true,
		Request: referral.Request{Sex: "unknown", AgeClass: row.AgeClass, Languages: []string{r.Language}, Urgency: referral.Urgent, Risk: "unknown", Capacity: "place", Children: children},
	}
	for _, n := range v.Sent("needs", v.needs()) {
		d.Request.Needs = append(d.Request.Needs, referral.Code(n))
	}
	if kept, err := v.Persons.Show(v.R.Context(), v.By, c); err == nil {
		if sex, ok := kept.Person.Sex.Is(); ok {
			d.Request.Sex = referral.Code(sex)
		}
	}
	at, err := v.begunBefore(c)
	if err != nil {
		return err
	}
	out, err := v.Referrals.Draft(v.R.Context(), v.By, c, at, d)
	if err != nil {
		return v.AgainDenied(err, map[string]string{"": "to", "to": "to", "needs": "needs", "children": "children"}, v.showHelp)
	}
	return v.To("/urgent/"+string(out.ID), "")
}

// begunBefore is a referral of the case that the reader wrote down and did not send.
func (v *visit) begunBefore(c id.Case) (referral.At, error) {
	for _, status := range []referral.Status{referral.Draft, referral.Checked} {
		all, err := v.Referrals.List(v.R.Context(), v.By.Actor, referral.Wanted{Status: status, Limit: perPage})
		if err != nil {
			return referral.At{}, err
		}
		for _, r := range all {
			if r.Case == c && r.Side == referral.Sender && r.Urgent && r.Owner == v.By.User {
				return referral.At{Referral: r.ID, Version: r.Version}, nil
			}
		}
	}
	return referral.At{}, nil
}
