package published

import "strconv"

// end says what only the whole file tells: which keys stand twice, and where the ages do not add up.
func (g *Glotip) end() {
	if g.ended {
		return
	}
	g.ended = true
	for _, k := range g.order {
		s := g.seen[k]
		switch {
		case s.other:
			g.traps.fell(Contradicted, s.line, k.text())
		case s.rows > 1:
			g.traps.fell(Twice, s.line, k.text())
		}
		if k.Age == All && s.rows == 1 {
			g.ages(k, s)
		}
	}
}

// ages holds the sum over all ages against children and adults, where each of the three was given once.
func (g *Glotip) ages(k Key, all seen) {
	at := func(age string) seen {
		k.Age = age
		return g.seen[k]
	}
	child, adult := at(Child), at(Adult)
	if child.rows != 1 || adult.rows != 1 {
		return
	}
	k.Age = All
	switch {
	case all.first.Least > child.first.Most+adult.first.Most:
		g.traps.fell(UnknownAge, all.line, k.text())
	case all.first.Most < child.first.Least+adult.first.Least:
		g.traps.fell(AgesAbove, all.line, k.text())
	}
}

func (k Key) text() string {
	return k.Area + " " + strconv.Itoa(k.Year) + " " + string(k.Indicator) + ", " + string(k.Dimension) + " " + k.Category + ", sex " + k.Sex + ", age " + k.Age
}

func indicatorOf(s string) (Indicator, bool) {
	switch s {
	case "Detected trafficking victims":
		return Victims, true
	case "Persons convicted":
		return Convicted, true
	case "Persons prosecuted":
		return Prosecuted, true
	case "Persons brought into formal contact":
		return Contacted, true
	case "Offences of trafficking in persons":
		return Offences, true
	}
	return "", false
}

func dimensionOf(s string) (Dimension, bool) {
	switch s {
	case "Total":
		return Whole, true
	case "by form of exploitation":
		return ByForm, true
	case "by citizenship":
		return ByCitizen, true
	case "by country of repatriation":
		return ByRepatriate, true
	}
	return "", false
}

func formOf(s string) (string, bool) {
	switch s {
	case "Sexual exploitation":
		return Sexual, true
	case "Forced labour":
		return Labour, true
	case "Other forms of exploitation":
		return Other, true
	}
	return "", false
}

func sexOf(s string) (string, bool) {
	switch s {
	case "Total":
		return All, true
	case "Female":
		return Female, true
	case "Male":
		return Male, true
	case "Other":
		return Third, true
	case "Unknown":
		return Unknown, true
	}
	return "", false
}

func ageOf(s string) (string, bool) {
	switch s {
	case "Total":
		return All, true
	case "0 to 17 years":
		return Child, true
	case "18 years or over":
		return Adult, true
	case "Unknown":
		return Unknown, true
	}
	return "", false
}
