package webconsent

import (
	"bytes"
	"slices"

	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/page"
)

// draft says to the person, in her language, that nobody has reviewed a text of it as it stands; "" if somebody has.
func (v *visit) draft(p *lang.Printer, text lang.Text) (string, error) {
	doubted, err := v.Wordings.Doubted(v.R.Context(), p.Tag(), text)
	if err != nil || !doubted {
		return "", err
	}
	return p.Text("consent.read.draft"), nil
}

// consentReading is what is read to her before she decides, whole and in the order in which it is said.
func (v *visit) consentReading(p *lang.Printer) (page.Reading, error) {
	draft, err := v.draft(p, lang.ForConsent)
	say := func(keys ...string) (all []string) {
		for _, k := range keys {
			all = append(all, p.Text(k))
		}
		return all
	}
	var purposes, categories []string
	for _, x := range consent.Purposes() {
		purposes = append(purposes, p.Text("consent.purpose."+string(x)))
	}
	for _, x := range consent.Categories() {
		categories = append(categories, p.Text(x.Label))
	}
	return page.Reading{
		Tag: string(p.Tag()), Dir: p.Dir(), Title: p.Text("consent.notice"), Draft: draft,
		Parts: []page.ReadingPart{
			{Texts: say("consent.read.ask", "consent.read.free", "consent.read.child", "consent.read.purpose")},
			{Title: p.Text("consent.read.purposes"), Items: purposes},
			{Texts: say("consent.read.recipients")},
			{Title: p.Text("consent.read.categories"), Items: categories},
			{Texts: say("consent.read.risks", "consent.read.adequacy", "consent.read.retention", "consent.how-to-withdraw")},
			{Texts: say("consent.right.access", "consent.right.correct", "consent.right.complain", "consent.read.again")},
		},
	}, err
}

// receipt shows the paper of a consent for her, in her language: the one that it was read in, if nobody asks for another. It bears no name.
func (v *visit) receipt() error {
	signed, c, err := v.Consents.Show(v.R.Context(), v.By, id.Consent(v.R.PathValue("consent")))
	if err != nil {
		return err
	}
	r := signed.Record
	pick := v.ReadSelect("read", page.Key("wording.read-in"))
	if v.R.URL.Query().Get("read") == "" && slices.Contains(v.Site.Texts.Reads(), lang.Tag(r.Language)) {
		pick.Value = r.Language
	}
	p := v.Site.Texts.Reader(lang.Tag(pick.Value))
	if lang.Tag(pick.Value) == v.P.Tag() {
		p = v.Reader("read")
	}
	draft, err := v.draft(p, lang.ForReceipt)
	if err != nil {
		return err
	}
	var purposes, categories, to []string
	for _, x := range c.Purposes {
		purposes = append(purposes, p.Text("consent.purpose."+string(x)))
	}
	for _, k := range consent.Categories() {
		if slices.Contains(c.Categories, k.Code) {
			categories = append(categories, p.Text(k.Label))
		}
	}
	var kept []string
	for _, k := range consent.Categories() {
		if slices.ContainsFunc(r.Withheld, func(w consent.Withheld) bool { return w.Category == k.Code }) {
			kept = append(kept, p.Text(k.Label))
		}
	}
	var countries []string
	for _, x := range c.Recipients {
		to = append(to, x.String()+" ("+p.CountryName(string(x.Member))+")")
		countries = append(countries, string(x.Member))
	}
	text := []string{p.Text("consent.how-to-withdraw"), p.Text("consent.right.access"), p.Text("consent.right.correct"), p.Text("consent.right.complain")}
	if note := p.CountryNote(countries...); note != "" {
		text = append(text, note)
	}
	m := page.Reading{Tag: string(p.Tag()), Dir: p.Dir(), Title: p.Text("consent.receipt"), Draft: draft, Parts: []page.ReadingPart{
		{Texts: []string{p.Text("consent.receipt.text")}, Lines: [][2]string{
			{p.Text("consent.receipt.number"), string(c.ID)},
			{p.Text("consent.receipt.given"), p.DateTime(c.Given.Time(), v.Zone) + ", " + p.Text("consent.state."+string(c.State))},
			{p.Text("consent.receipt.desk"), string(v.Site.Member) + "/" + string(r.Desk)},
			{p.Text("consent.receipt.language"), p.LanguageName(r.Language)},
			{p.Text("consent.purposes"), p.And(purposes...)},
			{p.Text("consent.categories"), p.And(categories...)},
			{p.Text("consent.recipients"), p.And(to...)},
			{p.Text("consent.until"), p.Date(c.ValidTo.Time().In(v.Zone))},
		}},
		{Texts: text},
	}}
	if len(kept) > 0 {
		m.Parts[0].Lines = append(m.Parts[0].Lines, [2]string{p.Text("consent.receipt.withheld"), p.And(kept...)})
	}
	at := "/consents/" + string(c.ID) + "/receipt"
	return v.Show(page.Page{Title: page.Key("consent.receipt.show"), Back: "/cases/" + string(c.Case), Leave: true, Body: receiptScreen(v.P, at, pick, m)})
}

// sheet gives the interview sheet of a form to be printed, in a language that she reads.
func (v *visit) sheet() error {
	name := v.R.PathValue("form")
	for _, r := range v.Forms.Forms.Current(v.Site.Member) {
		if r.Form != name {
			continue
		}
		in := "read"
		if v.R.URL.Query().Has("sheet") { // from a page that is read to her itself
			in = "sheet"
		}
		sheet, err := v.Forms.Forms.Said(v.Reader(in), name, r.Version, r.Additions)
		if err != nil {
			return err
		}
		if draft, err := v.draft(sheet.P, "sheet"); err != nil {
			return err
		} else if draft != "" {
			sheet.Status.State = "machine-drafted"
		}
		var b bytes.Buffer
		if err := sheet.HTML(&b); err != nil {
			return fault.Wrap(fault.Internal, "fault.internal", err)
		}
		// Its styles stand in it, so that it prints anywhere; a page of the node may have none.
		v.Header().Set("Content-Disposition", `attachment; filename="`+name+"-"+string(sheet.P.Tag())+`.html"`)
		return v.Send("text/html; charset=utf-8", b.Bytes())
	}
	return fault.New(fault.NotFound, "fault.not-found")
}
