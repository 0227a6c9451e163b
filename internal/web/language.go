package web

import (
	"strconv"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/wording"
)

// languages says how far the texts of each language can be trusted: those of the pages, and those that the person reads.
func (v *visit) languages() error {
	all, err := v.Wordings.All(v.R.Context())
	if err != nil {
		return err
	}
	var rows, person []page.Row
	for _, t := range v.Site.Texts.Tags() {
		rows = append(rows, page.Row{Key: page.Plain(v.Site.Texts.Status(t).Name), Value: trust(v.Site.Texts, v.P, t)})
	}
	for _, t := range v.Site.Texts.Reads() {
		var of []wording.Standing
		reviewed := 0
		for _, s := range all {
			if s.Language == t {
				of = append(of, s)
				if s.Reviewed() {
					reviewed++
				}
			}
		}
		value := page.Key("wording.count", "n", strconv.Itoa(reviewed), "of", strconv.Itoa(len(of)))
		if v.Site.Texts.Status(t).File {
			value = page.Plain(value.In(v.P) + ", " + v.P.Text("wording.file"))
		}
		person = append(person, page.Row{
			Key: page.Plain(v.Site.Texts.Status(t).Name), Value: value, Action: &page.Link{Path: "/texts/" + string(t), Text: page.Key("wording.show")},
		})
	}
	return v.Show(page.Page{Title: page.Key("lang.status.title"), Body: languagesScreen(v.P, rows, person)})
}

func trust(c *lang.Catalogue, p *lang.Printer, t lang.Tag) page.Msg {
	s := c.Status(t)
	switch {
	case s.From != "":
		return page.Key("lang.status.script", "language", c.Status(s.From).Name)
	case s.Reviewer != "":
		return page.Key("lang.status.reviewed", "reviewer", s.Reviewer, "date", day(p, s.On))
	}
	return page.Key("lang.status." + s.State)
}

func day(p *lang.Printer, on string) string {
	if day, err := time.Parse(time.DateOnly, on); err == nil {
		return p.Date(day)
	}
	return on
}

// reviewed says how a text stands.
func reviewed(p *lang.Printer, s wording.Standing) page.Msg {
	switch {
	case s.Source:
		return page.Key("wording.source")
	case s.Reviewed():
		return page.Key("wording.reviewed", "reviewer", s.Review.Reviewer, "date", day(p, string(s.Review.On)))
	case !s.Whole:
		return page.Key("wording.partly")
	case s.Lapsed():
		return page.Key("wording.lapsed")
	}
	return page.Key("wording.awaiting")
}

// textsOf lists the texts that the person reads in a language.
func (v *visit) textsOf() error {
	t := lang.Tag(v.R.PathValue("language"))
	var rows []page.Row
	for _, text := range v.Site.Texts.PersonTexts() {
		s, err := v.Wordings.Of(v.R.Context(), t, text)
		if err != nil {
			return err
		}
		rows = append(rows, page.Row{
			Key: page.Key("wording.text." + string(text)), Value: reviewed(v.P, s),
			Action: &page.Link{Path: "/texts/" + string(t) + "/" + string(text), Text: page.Key("wording.show")},
		})
	}
	return v.Show(page.Page{Title: page.Key("wording.title"), Back: "/languages", Body: textsScreen(v.P, v.Site.Texts.Status(t).Name, rows)})
}

// textModel is one text in one language, each message beside the English.
type textModel struct {
	path, name, tag, dir string
	title                page.Msg
	standing             page.Msg
	lines                [][2]string
	review               bool // who looks may record one
	digest               string
	reviewer             page.Input
	on                   []page.Error
}

func (v *visit) text() error { return v.showText(page.Form{}) }

func (v *visit) showText(f page.Form) error {
	t, text := lang.Tag(v.R.PathValue("language")), lang.Text(v.R.PathValue("text"))
	s, err := v.Wordings.Of(v.R.Context(), t, text)
	if err != nil {
		return err
	}
	english, p := v.Site.Texts.Reader(lang.English), v.Site.Texts.Reader(t)
	m := textModel{
		path: "/texts/" + string(t) + "/" + string(text), name: v.Site.Texts.Status(t).Name, tag: string(t), dir: p.Dir(), digest: s.Digest,
		title: page.Key("wording.text." + string(text)), standing: reviewed(v.P, s),
		review:   s.Whole && !s.Source && page.May(v.By.Actor, access.ReviewText),
		reviewer: page.Input{Field: page.Field{ID: "reviewer", Label: page.Key("wording.review.reviewer"), Error: page.ErrorAt(f.Errors, "reviewer")}, Value: v.Field("reviewer")},
		on:       f.Errors,
	}
	for _, key := range v.Site.Texts.PersonKeys(text) {
		theirs := p.Written(key)
		for i, line := range english.Written(key) {
			said := ""
			if i < len(theirs) {
				said = theirs[i]
			}
			m.lines = append(m.lines, [2]string{line, said})
		}
		for i := len(english.Written(key)); i < len(theirs); i++ {
			m.lines = append(m.lines, [2]string{"", theirs[i]})
		}
	}
	day := v.DayField(page.Field{ID: "on", Label: page.Key("wording.review.on"), Error: page.ErrorAt(f.Errors, "on")}, true)
	return v.Show(page.Page{Status: f.Status, Title: m.title, Back: "/texts/" + string(t), Errors: f.Errors, Body: textScreen(v.P, m, day)})
}

// reviewText records who has reviewed the text that was shown.
func (v *visit) reviewText() error {
	in := wording.Confirming{
		Language: lang.Tag(v.R.PathValue("language")), Text: lang.Text(v.R.PathValue("text")), Digest: v.Field("digest"),
		Reviewer: v.Field("reviewer"), On: profile.Date(v.Day("on")),
	}
	if _, err := v.Wordings.Confirm(v.R.Context(), v.By.Actor, in); err != nil {
		if fault.Is(err, fault.NotFound) {
			return err
		}
		return v.Again(err, map[string]string{"": "reviewer", "reviewer": "reviewer", "on": "on"}, v.showText)
	}
	return v.To("/texts/"+string(in.Language), "reviewed")
}
