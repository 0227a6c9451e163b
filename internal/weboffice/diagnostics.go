package weboffice

import (
	"slices"
	"strings"

	"github.com/opentrm/opentrm/internal/doctor"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/sorting"
)

// diagnosticsModel is what the node found when it examined itself.
type diagnosticsModel struct {
	worst doctor.State
	rows  []page.Row
}

// rank puts what does not stand well before what does.
func rank(f doctor.Finding) int {
	return slices.Index([]doctor.State{doctor.OK, doctor.Look, doctor.Bad}, f.State)
}

// tone is the colour of how it stands.
func tone(s doctor.State) page.Tone {
	switch s {
	case doctor.OK:
		return page.Good
	case doctor.Look:
		return page.Waiting
	}
	return page.Late
}

// foundIn is what was found, in words where it is codes.
func (v *visit) foundIn(f doctor.Finding) string {
	if f.Code != "told" {
		return f.Text
	}
	return v.Words("notify.channel.", strings.Split(f.Text, ", ")).In(v.P)
}

// diagnostics shows what the node sees of itself, line by line: how it stands, and what to do where it does not stand well. It is the
// examination of "opentrm doctor", without what only the machine shows.
func (v *visit) diagnostics() error {
	all, err := v.Examine(v.R.Context(), v.By.Actor)
	if err != nil {
		return err
	}
	m := diagnosticsModel{worst: doctor.Worst(all)}
	all = slices.Clone(all)
	sorting.Stable(all, func(a, b doctor.Finding) int { return rank(b) - rank(a) })
	for _, f := range all {
		row := page.Row{Key: page.Key(f.Key(), "value", f.Text), Tag: &page.Tag{Text: page.Key("doctor.state." + string(f.State)), Tone: tone(f.State)}}
		if f.Text != "" {
			row.Lines = append(row.Lines, page.Plain(v.foundIn(f)))
		}
		if f.Time != 0 {
			row.Lines = append(row.Lines, v.When(f.Time))
		}
		if key := f.Do(); key != "" {
			row.Lines = append(row.Lines, page.Key(key))
		}
		m.rows = append(m.rows, row)
	}
	return v.Show(page.Page{Title: page.Key("doctor.title"), Body: diagnosticsScreen(v.P, m)})
}
