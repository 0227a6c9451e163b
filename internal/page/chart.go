package page

import (
	"strconv"

	"github.com/opentrm/opentrm/internal/chart"
	"github.com/opentrm/opentrm/internal/lang"
)

// Atlas is a drawing of the region in which some countries are marked. What it shows stands in a table beside it too.
type Atlas struct {
	Caption Msg
	Marks   map[string]Mark // by the code of the country
	Legend  []Tag           // the tones that are used, with what they mean
}

// Mark is what is said of a country.
type Mark struct {
	Tone Tone
	Text Msg
}

// fill is the class of a country.
func (m Atlas) fill(s chart.Shape) string {
	if s.X == 0 {
		return "trm-map__land"
	}
	c := "trm-map__land trm-map__land--member"
	if mark, ok := m.Marks[s.Code]; ok {
		c += " trm-map__land--" + mark.Tone.word()
	}
	return c
}

// word names a tone in a class.
func (t Tone) word() string {
	return [...]string{Calm: "calm", Good: "good", Waiting: "waiting", Late: "late", Off: "off"}[t]
}

// letters are the code of a country as the map shows it; where its name bears a mark, the letters bear it too.
func letters(p *lang.Printer, s chart.Shape) string {
	if note := p.CountryNote(s.Code); note != "" {
		return s.Code + "*"
	}
	return s.Code
}

// said is what is read of a country where it is pointed at.
func (m Atlas) said(p *lang.Printer, s chart.Shape) string {
	name := p.CountryName(s.Code)
	if mark, ok := m.Marks[s.Code]; ok {
		return name + ": " + mark.Text.In(p)
	}
	return name
}

// Countries are the countries whose letters the map shows, for the footnote.
func (Atlas) Countries() []string {
	var all []string
	for _, s := range chart.Region().Shapes {
		if s.X != 0 {
			all = append(all, s.Code)
		}
	}
	return all
}

// Bars is numbers side by side: a table in which each number is drawn too.
type Bars struct {
	Caption Msg
	Of      Msg // what is told apart
	Number  Msg // what is counted
	Rows    []Bar
	Empty   Msg
}

// Bar is one number.
type Bar struct {
	Label Msg
	Count int64
	Tone  Tone
}

// most is the longest of the bars.
func (b Bars) most() int64 {
	var most int64 = 1
	for _, r := range b.Rows {
		most = max(most, r.Count)
	}
	return most
}

// length is how long a bar is, of a hundred. What is more than nothing is seen.
func (r Bar) length(most int64) string {
	n := r.Count * 100 / most
	if r.Count > 0 {
		n = max(n, 1)
	}
	return strconv.FormatInt(n, 10)
}
