package askcase

import (
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"github.com/opentrm/opentrm/internal/careplan"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/childhood"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/transfer"
)

type caseBlank struct {
	Of string `arg:"" enum:"person,consent,override,assessment,decision,service,need,step,delivery,agreement,guardian,interest,age,tell,notice,transfer" help:"person, consent, override, assessment, decision, service, need, step, delivery, agreement, guardian, interest, age, tell, notice or transfer."`
}

// Run prints a record in which nothing is said. What the node fills in itself stands there too where the interface names it, and may be
// left as it is; only what is set by later steps is left out.
func (c *caseBlank) Run(s *console.Screen) error {
	x, later := blank(c.Of)
	return s.Raw(fields(reflect.ValueOf(x), later))
}

// blank returns a record in which nothing is said, and the fields that later steps set.
func blank(of string) (x any, later []string) {
	switch of {
	case "person":
		return person.Person{Contacts: []person.Contact{{}}, Names: []person.Name{{}}}, nil
	case "consent":
		r := blankConsent()
		r.Recipients, r.Withheld = []id.Address{{}}, []consent.Withheld{{}}
		return r, nil
	case "override":
		return overriding{}, nil
	case "assessment":
		return casefile.Assessment{Factors: []casefile.Factor{{}}, Grades: map[string]casefile.Grade{"": ""}}, nil
	case "decision":
		return casefile.Decision{}, []string{"standing", "conference"}
	case "service":
		return casefile.Delivery{}, []string{"step", "was"}
	case "need":
		return careplan.Need{}, []string{"ended", "why"}
	case "step":
		return careplan.NewStep{}, nil
	case "delivery":
		return delivered{}, nil
	case "agreement":
		return agreement{}, nil
	case "guardian":
		return childhood.Guardian{}, []string{"conflict", "conflict_on", "until", "why"}
	case "interest":
		return childhood.Interest{Signers: []childhood.Signer{{}}}, nil
	case "age":
		return childhood.Age{}, nil
	case "tell":
		return childhood.Told{}, nil
	case "notice":
		return childhood.Notice{}, nil
	}
	return transfer.Offer{Agreement: &transfer.Agreement{}}, nil
}

// fields is a value as JSON has it, with those fields that are left out where they are empty: somebody who fills a record in has to see
// them. Nothing in it is null.
func fields(v reflect.Value, but []string) any {
	switch v.Kind() {
	case reflect.Pointer:
		return fields(v.Elem(), but)
	case reflect.Slice:
		all := []any{}
		for i := range v.Len() {
			all = append(all, fields(v.Index(i), nil))
		}
		return all
	case reflect.Struct:
		out := map[string]any{}
		for f, x := range v.Fields() {
			name, more, _ := strings.Cut(f.Tag.Get("json"), ",")
			if name != "" && more != "omitzero" && !slices.Contains(but, name) {
				out[name] = fields(x, nil)
			}
		}
		return out
	}
	return v.Interface()
}

type caseCodes struct {
	List string `arg:"" optional:"" help:"Only this list."`
}

// codeLine is one code of a list, with the words that people read where a page shows it.
type codeLine struct {
	List   string `json:"list"`
	Code   string `json:"code"`
	Words  string `json:"words"`
	Status string `json:"status"`
	Source string `json:"source"`
}

// Run lists the codes that records of a case are made of. It asks no node.
func (c *caseCodes) Run(s *console.Screen) error {
	all, err := codes(s.Printer(), s.Texts)
	if err != nil {
		return err
	}
	var out []codeLine
	for _, l := range all {
		if c.List == "" || l.List == c.List {
			out = append(out, l)
		}
	}
	if len(out) == 0 {
		return fault.New(fault.Invalid, "cli.codes").With("list", c.List)
	}
	return s.Print(out, func(w io.Writer) {
		fmt.Fprintln(w, "LIST\tCODE\tSTATUS\tWORDS")
		for _, l := range out {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", l.List, l.Code, l.Status, l.Words)
		}
	})
}
