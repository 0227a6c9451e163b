package published

import (
	"errors"
	"io"
	"slices"
)

// Table is the numbers of a file that were asked for, by what they are about.
type Table map[Key][]Count

// Load reads a file to its end and keeps the numbers that want says; nil: all.
//
// It fails as [Glotip.Next].
func Load(g *Glotip, want func(Value) bool) (Table, error) {
	t := Table{}
	for {
		v, err := g.Next()
		if errors.Is(err, io.EOF) {
			return t, nil
		}
		if err != nil {
			return nil, err
		}
		if want == nil || want(v) {
			t[v.Key] = append(t[v.Key], v.Count)
		}
	}
}

// Split is a way to tell the detected victims apart.
type Split string

// The splits of which the file has numbers.
const (
	SplitForm Split = "form"
	SplitSex  Split = "sex"
	SplitAge  Split = "age"
)

// Splits returns all of them.
func Splits() []Split { return []Split{SplitForm, SplitSex, SplitAge} }

// Classes returns what a split tells apart, in the order in which it is shown.
func (s Split) Classes() []string {
	switch s {
	case SplitForm:
		return []string{Sexual, Labour, Other}
	case SplitSex:
		return []string{Female, Male, Third}
	case SplitAge:
		return []string{Child, Adult}
	}
	return nil
}

// key returns what a class is about.
func (s Split) key(class string) Key {
	k := Key{Indicator: Victims, Dimension: Whole, Category: All, Sex: All, Age: All}
	switch s {
	case SplitForm:
		k.Dimension, k.Category = ByForm, class
	case SplitSex:
		k.Sex = class
	case SplitAge:
		k.Age = class
	}
	return k
}

// Double is how several numbers of one key are read: the file does not say whether one of them is the sum of the others.
type Double string

// The ways to read a key that was given several times.
const (
	Largest Double = "largest" // the greatest is the whole, the others are parts of it
	Added   Double = "added"   // they add up
)

// Reading is a way to read what the publisher leaves open.
type Reading struct {
	Few    float64 `json:"few"` // what "<5" stands for: 0, 1, 2.5 or 4
	Double Double  `json:"double"`
}

// Shares is what comes out of one reading.
type Shares struct {
	Reading
	Total    float64   `json:"total"`    // persons whose class is known
	Persons  []float64 `json:"persons"`  // by class, in the order of the split
	Percents []float64 `json:"percents"` // of the total; all 0 if nobody is counted
}

// Class is what was published of one class.
type Class struct {
	Class string `json:"class"`
	Known int    `json:"known"`  // persons in numbers that are not hidden; of keys given several times, the greatest
	Few   int    `json:"few"`    // hidden numbers among those
	Twice int    `json:"twice"`  // keys that were given several times
	Low   Share  `json:"lowest"` // the least and the greatest share that any combination of hidden numbers allows
	High  Share  `json:"highest"`
}

// Share is a share in percent.
type Share float64

// Missing is a state and year without any number of the split.
type Missing struct {
	Area string `json:"area"`
	Year int    `json:"year"`
}

// Pooled is the numbers of several states and years added up, in every way in which they can be read.
type Pooled struct {
	Region   Region    `json:"region"`
	Split    Split     `json:"split"`
	From     int       `json:"from"`
	To       int       `json:"to"`
	Given    int       `json:"state_years"`          // that have a number
	Possible int       `json:"state_years_possible"` // states times years
	Missing  []Missing `json:"missing"`
	Classes  []Class   `json:"classes"`
	Readings []Shares  `json:"readings"` // the first is "<5" as 0, the greatest of several
}

// Twice reports whether some number was given several times.
func (p Pooled) Twice() bool {
	return slices.ContainsFunc(p.Classes, func(c Class) bool { return c.Twice > 0 })
}

// Range returns the least and the greatest share of a class over the readings, in percent.
func (p Pooled) Range(class string) (low, high float64) {
	i := slices.Index(p.Split.Classes(), class)
	if i < 0 || len(p.Readings) == 0 {
		return 0, 0
	}
	low, high = 100, 0
	for _, r := range p.Readings {
		low, high = min(low, r.Percents[i]), max(high, r.Percents[i])
	}
	return low, high
}

// Pool adds up the states of a region over the years from and to, both included. A state without a number adds nothing and is named.
func Pool(t Table, r Region, s Split, from, to int) Pooled {
	p := Pooled{Region: r, Split: s, From: from, To: to, Missing: []Missing{}}
	classes := s.Classes()
	cells := make([][][]Count, len(classes)) // by class and key
	for _, area := range r.Areas {
		for year := from; year <= to; year++ {
			given := false
			for i, class := range classes {
				k := s.key(class)
				k.Area, k.Year = area, year
				if all := t[k]; len(all) > 0 {
					cells[i], given = append(cells[i], all), true
				}
			}
			p.Possible++
			if given {
				p.Given++
			} else {
				p.Missing = append(p.Missing, Missing{area, year})
			}
		}
	}
	twice := false
	bounds := make([]Count, len(classes))
	for i, class := range classes {
		c := Class{Class: class}
		for _, all := range cells[i] {
			most := greatest(all)
			if len(all) > 1 {
				c.Twice++
			}
			if most.Hidden() {
				c.Few++
			} else {
				c.Known += most.Least
			}
			bounds[i].Least += most.Least
			for _, n := range all {
				bounds[i].Most += n.Most
			}
		}
		twice = twice || c.Twice > 0
		p.Classes = append(p.Classes, c)
	}
	for i := range p.Classes {
		p.Classes[i].Low, p.Classes[i].High = extremes(bounds, i)
	}
	doubles := []Double{Largest}
	if twice {
		doubles = append(doubles, Added)
	}
	for _, d := range doubles {
		for _, few := range []float64{0, 1, 2.5, 4} {
			p.Readings = append(p.Readings, read(cells, Reading{few, d}))
		}
	}
	return p
}

// greatest returns the greatest of several numbers of one key; the hidden one only if there is no other.
func greatest(all []Count) Count {
	return slices.MaxFunc(all, func(a, b Count) int { return a.Most - b.Most })
}

// extremes returns the least and the greatest share of class i, whatever the hidden numbers are.
func extremes(bounds []Count, i int) (low, high Share) {
	var restLeast, restMost int
	for j, b := range bounds {
		if j != i {
			restLeast, restMost = restLeast+b.Least, restMost+b.Most
		}
	}
	percent := func(part, rest int) Share {
		if part+rest == 0 {
			return 0
		}
		return Share(100 * float64(part) / float64(part+rest))
	}
	return percent(bounds[i].Least, restMost), percent(bounds[i].Most, restLeast)
}

// read adds up after one reading.
func read(cells [][][]Count, r Reading) Shares {
	out := Shares{Reading: r, Persons: make([]float64, len(cells)), Percents: make([]float64, len(cells))}
	one := func(n Count) float64 {
		if n.Hidden() {
			return r.Few
		}
		return float64(n.Least)
	}
	for i, keys := range cells {
		for _, all := range keys {
			if r.Double == Largest {
				out.Persons[i] += one(greatest(all))
				continue
			}
			for _, n := range all {
				out.Persons[i] += one(n)
			}
		}
		out.Total += out.Persons[i]
	}
	for i, n := range out.Persons {
		if out.Total > 0 {
			out.Percents[i] = 100 * n / out.Total
		}
	}
	return out
}

// Trend pools each year by itself, from the first year of the region that has a number to the last. A year without any number stands there
// with none, so that a picture has a gap and no line across it.
func Trend(t Table, r Region, s Split) []Pooled {
	from, to := 0, 0
	for k := range t {
		class := k.Category
		switch s {
		case SplitSex:
			class = k.Sex
		case SplitAge:
			class = k.Age
		case SplitForm:
		}
		if want := s.key(class); !slices.Contains(s.Classes(), class) || !slices.Contains(r.Areas, k.Area) || want != (Key{"", k.Indicator, k.Dimension, k.Category, k.Sex, k.Age, 0}) {
			continue
		}
		if from == 0 || k.Year < from {
			from = k.Year
		}
		to = max(to, k.Year)
	}
	var all []Pooled
	for year := from; year <= to && from > 0; year++ {
		all = append(all, Pool(t, r, s, year, year))
	}
	return all
}
