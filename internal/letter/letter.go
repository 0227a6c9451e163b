// Package letter writes what is said to a desk without a node: the request of a referral, without identity, and how to
// answer it. The same lines stand in the printed letter and in the file that a passphrase opens.
//
// It decides nothing: [referral.Service.Print] asks whether there may be a letter and records it.
package letter

import (
	"time"

	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/referral"
)

// Path is where the page stands on which a desk without a node answers, below the address of the node.
const Path = "/reply"

// Writer writes letters in one language.
type Writer struct {
	Texts *lang.Catalogue
	P     *lang.Printer
	Zone  *time.Location // of its times; nil: UTC
	Node  string         // address at which people reach the node, "https://…"; empty: there is none to name
}

// Line is one line of a letter.
type Line struct{ What, Said string }

// Lines says the request and how to answer it. It names no person and no case.
func (w Writer) Lines(l referral.Printed) []Line {
	p, q := w.P, l.Request
	lines := []Line{
		{p.Text("referral.reference"), l.Reference},
		{p.Text("referral.letter.from"), l.From.String()},
		{p.Text("referral.letter.to"), l.To.String()},
		{p.Text("referral.since"), w.when(l.Sent.Time())},
		{p.Text("referral.kind"), w.word("referral.kind.", string(l.Kind))},
		{p.Text("referral.needs"), said(w, "case.service.", q.Needs)},
		{p.Text("referral.urgency"), w.word("referral.urgency.", string(q.Urgency))},
		{p.Text("person.sex"), w.word("person.sex.", string(q.Sex))},
		{p.Text("case.age-class"), w.word("person.age.", string(q.AgeClass))},
		{p.Text("person.languages"), w.named(q.Languages)},
		{p.Text("case.risk"), w.word("case.grade.", string(q.Risk))},
		{p.Text("referral.children"), p.Number(int64(q.Children))},
	}
	if x := q.Interpreter; x != nil {
		lines = append(lines,
			Line{p.Text("case.ask.needed"), w.word("case.asked.", string(x.Needed))},
			Line{p.Text("case.ask.sex"), w.word("case.interpreter-sex.", string(x.Sex))},
			Line{p.Text("case.ask.remote"), w.word("case.asked.", string(x.Remote))},
		)
		if x.Apart {
			lines = append(lines, Line{p.Text("case.ask.unsafe"), p.Text("referral.interpreter.ask")})
		}
		if x.Aid {
			lines = append(lines, Line{p.Text("case.ask.aid"), p.Text("referral.interpreter.ask")})
		}
	}
	if l.Token == "" {
		return lines
	}
	if w.Node != "" {
		lines = append(lines, Line{p.Text("referral.letter.page"), w.Page()})
	}
	return append(lines, Line{p.Text("referral.letter.code"), id.Spaced(l.Token)}, Line{p.Text("referral.letter.until"), w.when(l.Until.Time())})
}

// Page is the address of the page on which a desk answers, "" if the node has none.
func (w Writer) Page() string {
	if w.Node == "" {
		return ""
	}
	return w.Node + Path
}

// How says how the desk answers.
func (w Writer) How(l referral.Printed) string {
	switch {
	case l.Token == "":
		return w.P.Text("referral.letter.on-paper")
	case w.Node == "":
		return w.P.Text("referral.letter.no-page")
	}
	return w.P.Text("referral.letter.once")
}

func (w Writer) when(t time.Time) string {
	if w.Zone == nil {
		return w.P.DateTime(t, time.UTC)
	}
	return w.P.DateTime(t, w.Zone)
}

// word says a code in words if the catalogue has them, and shows the code otherwise.
func (w Writer) word(prefix, code string) string {
	if key := prefix + code; code != "" && w.Texts.Has(key) {
		return w.P.Text(key)
	}
	return code
}

func said[T ~string](w Writer, prefix string, codes []T) string {
	var all []string
	for _, c := range codes {
		all = append(all, w.word(prefix, string(c)))
	}
	return w.P.And(all...)
}

func (w Writer) named(tags []string) string {
	var all []string
	for _, t := range tags {
		all = append(all, w.P.LanguageName(t))
	}
	return w.P.And(all...)
}
