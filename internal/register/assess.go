package register

import (
	"sync"

	"github.com/opentrm/opentrm/internal/form"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/profile"
)

// Risk is what can happen to the rights and freedoms of the people concerned, and what the program does against it. How likely and
// how grave it is, and what remains of it, the controller judges.
type Risk struct {
	Code     string   `json:"code"`
	Words    string   `json:"words"`
	Measures []string `json:"measures"`
}

// Blank is a part of an assessment that only the controller can write.
type Blank struct {
	Code  string `json:"code"`
	Words string `json:"words"`
}

// Assessment is the template of an impact assessment.
type Assessment struct {
	Register Register `json:"register"` // the systematic description: article 35(7)(a)
	Trauma   []Datum  `json:"trauma"`   // whose asking can bring back what happened to her: necessity is to be said of each
	Required []Datum  `json:"required"` // what may not stay empty
	Risks    []Risk   `json:"risks"`    // 35(7)(c) and (d)
	Blanks   []Blank  `json:"blanks"`
}

type risks struct {
	Risks []struct {
		Code     string   `json:"risk"`
		Measures []string `json:"measures"`
	} `json:"risks"`
	Blanks []string       `json:"blanks"`
	Origin profile.Origin `json:"origin"`
}

var shippedRisks = sync.OnceValues(func() (risks, error) {
	var r risks
	return r, read("data/risks.json", &r)
})

// Assess makes the template of the impact assessment of a member.
//
// It fails as [Of].
func Assess(forms form.Set, law profile.Set, m id.Member, p *lang.Printer) (Assessment, error) {
	r, err := Of(forms, law, m, p)
	if err != nil {
		return Assessment{}, err
	}
	known, err := shippedRisks()
	if err != nil {
		return Assessment{}, err
	}
	a := Assessment{Register: r, Trauma: []Datum{}, Required: []Datum{}}
	for _, x := range r.Activities {
		for _, d := range x.Data {
			if d.Trauma {
				a.Trauma = append(a.Trauma, d)
			}
			if d.Required {
				a.Required = append(a.Required, d)
			}
		}
	}
	for _, k := range known.Risks {
		out := Risk{Code: k.Code, Words: p.Text("register.risk." + k.Code)}
		for _, m := range k.Measures {
			out.Measures = append(out.Measures, p.Text("register.measure."+m))
		}
		a.Risks = append(a.Risks, out)
	}
	for _, b := range known.Blanks {
		a.Blanks = append(a.Blanks, Blank{b, p.Text("register.blank." + b)})
	}
	return a, nil
}
