package web

import (
	"time"

	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/page"
)

// languages says how far the texts of each language can be trusted.
func (v *visit) languages() error {
	var rows []page.Row
	for _, t := range v.Site.Texts.Tags() {
		rows = append(rows, page.Row{Key: page.Plain(v.Site.Texts.Status(t).Name), Value: trust(v.Site.Texts, v.P, t)})
	}
	return v.Show(page.Page{Title: page.Key("lang.status.title"), Body: languagesScreen(v.P, rows)})
}

func trust(c *lang.Catalogue, p *lang.Printer, t lang.Tag) page.Msg {
	s := c.Status(t)
	switch {
	case s.From != "":
		return page.Key("lang.status.script", "language", c.Status(s.From).Name)
	case s.Reviewer != "":
		day := s.On
		if on, err := time.Parse(time.DateOnly, s.On); err == nil {
			day = p.Date(on)
		}
		return page.Key("lang.status.reviewed", "reviewer", s.Reviewer, "date", day)
	}
	return page.Key("lang.status." + s.State)
}
